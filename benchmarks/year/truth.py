"""What is really so: every account, what happens to it, and whether its connection is alive at this moment."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from benchmarks.year.clock import Clock
from benchmarks.year.life import Death, Life
from benchmarks.year.lives import BACK_AFTER, CALLS_BACK, DAY, ENDS_GRANT, GROWTH, HABITS, LIVES
from social_auth.sandbox import accounts, tokens, traits
from social_auth.sandbox.tokens import Token, mint

NETWORKS = tuple(HABITS)
YEAR = timedelta(days=365)
A_MINUTE = timedelta(minutes=1)
Happening = Callable[[], None]


class Truth:
    """All lives, and what is going to happen to them."""

    def __init__(
        self,
        clock: Clock,
        dice: random.Random,
        *,
        accounts_wanted: int,
        creators: int,
        end: datetime,
        trouble: int = 1,
        networks: str = "",
    ) -> None:
        self.clock, self.dice, self.end, self.trouble = clock, dice, end, trouble
        self.coming: list[tuple[datetime, int, Happening]] = []
        self._number = itertools.count()
        self.on_removed: Callable[[Life], None] = lambda life: None
        """Told when a person takes our app's permissions away at the provider."""
        self.on_let_die: Callable[[Life], None] = lambda life: None
        """Told when a connection ends that somebody could have kept, and whom nobody ended."""
        self.on_left: Callable[[Life], None] = lambda life: None
        """Told when a person wants to disconnect."""
        self.networks = networks.split(",") if networks else NETWORKS
        self.lives = [self._born(number, number % creators) for number in range(accounts_wanted)]
        self.by_account = {(life.network, life.name): life for life in self.lives}
        self.by_pk: dict[int, Life] = {}
        tokens.access_token_lives.update(LIVES)
        accounts.Account.followers = property(self._followers)  # type: ignore[assignment, method-assign]
        for life in self.lives:
            self._plan_life(life)

    def _born(self, number: int, creator: int) -> Life:
        network = self.networks[number % len(self.networks)]
        habits, dice = HABITS[network], self.dice
        growth = dice.choices([growth for _, growth in GROWTH], [share for share, _ in GROWTH])[0]
        life = Life(
            network=network,
            name=f"y{_base36(number)}",
            creator=creator,
            bare=dice.random() < habits.bare,
            base=int(min(max(dice.lognormvariate(9, 1.8), 150), 5_000_000)),
            growth=growth,
            born=self.clock.now,
        )
        holds = 1 + (dice.random() < 0.2) if dice.random() < habits.holding else 0
        traits.set_traits(network, life.name, assets=holds)
        return life

    def _followers(self, account: accounts.Account) -> int:
        life = self.by_account.get((account.network, account.name))
        return life.followers(self.clock.now) if life else 1000

    def _plan_life(self, life: Life) -> None:
        for what, often in HABITS[life.network].often.items():
            self._plan_next(life, what, often * self.trouble)

    def _plan_next(self, life: Life, what: str, often: float) -> None:
        if often:
            self.at(self.clock.now + YEAR * self.dice.expovariate(often), partial(self._happen, life, what, often))

    def at(self, moment: datetime, happening: Happening, *, always: bool = False) -> None:
        """Let it happen then, unless that is too late for anybody to be told; `always` for what is only noted."""
        if moment < self.end or always:
            heapq.heappush(self.coming, (moment, next(self._number), happening))

    def next_at(self) -> datetime:
        return self.coming[0][0] if self.coming else self.end

    def happen_until(self, moment: datetime) -> None:
        while self.coming and self.coming[0][0] <= moment:
            at, _, happening = heapq.heappop(self.coming)
            self.clock.go_to(at)
            happening()

    # What happens to accounts

    def _happen(self, life: Life, what: str, often: float) -> None:
        if life.connected and life.state == "ok":
            getattr(self, f"_{what}")(life)
            self.look_at(life)
        if life.state != "deleted":
            self._plan_next(life, what, often)

    def _ends_early(self, life: Life) -> None:
        """The access token is refused from now on: signed in elsewhere, or the provider's own whim."""
        life.ended = life.ended or life.refresh is None
        if life.access:
            life.access.end()

    def _revoked(self, life: Life) -> None:
        """Its owner takes our app's permissions away; some providers call us then, most of the time."""
        self._end_grant(life)
        self.look_at(life)
        if life.network in CALLS_BACK and self.dice.random() < 0.7:
            self.on_removed(life)

    def _end_grant(self, life: Life) -> None:
        life.ended = True
        mint(life.network, life.name).revoke()

    def _left(self, life: Life) -> None:
        self.on_left(life)

    def _new_password(self, life: Life) -> None:
        if life.network in ENDS_GRANT:
            self._end_grant(life)
        else:
            self._ends_early(life)

    def _scope_lost(self, life: Life) -> None:
        self._set(life, "missing_scope")

    def _renamed(self, life: Life) -> None:
        self.rename(life, f"h{self.dice.randrange(10**8)}")

    def rename(self, life: Life, handle: str) -> None:
        traits.set_traits(life.network, life.name, handle=handle)
        life.handles.append((self.clock.now, handle))

    def _handle_taken(self, life: Life) -> None:
        """Gives its handle up, and somebody else takes it a day later."""
        rivals = [one for one in self.lives if one.network == life.network and one is not life and one.connected]
        if rivals:
            freed, rival = life.account.handle, self.dice.choice(rivals)
            self._renamed(life)
            self.at(self.clock.now + timedelta(days=1), lambda: self.rename(rival, freed))

    def _deleted(self, life: Life) -> None:
        self._set(life, "deleted")

    def _suspended(self, life: Life) -> None:
        self._set(life, "suspended")
        if self.dice.random() < 0.7:
            self._back(life, "suspended", BACK_AFTER * self.dice.uniform(0.03, 1))

    def _hidden(self, life: Life) -> None:
        self._set(life, "hidden")
        self._back(life, "hidden", timedelta(days=self.dice.uniform(3, 60)))

    def _back(self, life: Life, state: str, after: timedelta) -> None:
        def back() -> None:
            if life.state == state:
                self._set(life, "ok")
                self.look_at(life)

        self.at(self.clock.now + after, back)

    def _set(self, life: Life, state: str) -> None:
        life.state = state
        traits.set_traits(life.network, life.name, state=state)

    # Connections

    def tokens_for(self, life: Life) -> tuple[Token, Token | None]:
        """What the owner's app gets from the provider's SDK when they sign in: a grant that begins now."""
        if life.state == "missing_scope":
            self._set(life, "ok")
        access = mint(life.network, life.name)
        if life.bare:
            return access, None
        refresh = access.sibling("refresh")
        if life.network == "linkedin" and not life.connected:  # its year began when the person first said yes
            age = self.dice.uniform(0, 320) * DAY
            refresh = replace(refresh, minted=refresh.minted - age, signed_in=refresh.signed_in - age)
        return access, refresh

    def given(self, token: Token) -> None:
        """The provider gave this token last."""
        life = self.by_account.get((token.network, token.account))
        if life is None:
            return
        if token.kind == "refresh":
            life.refresh = token
        else:
            life.access = token

    def disconnected(self, life: Life) -> None:
        """It is no connection any more, whoever ended it."""
        if life.dead:
            life.dead.end = self.clock.now
        life.connected = None

    def look_at(self, life: Life) -> None:
        """Note whether the connection died, or came back to life, just now."""
        if life.connected is None:
            return
        why, now = life.why_dead(), self.clock.now
        if why and life.dead is None:
            life.deaths.append(Death(now, why))
            end = life.known_end() if life.network != "facebook" else None
            if why == "grant ended" and not life.ended and (end is None or end > now):
                self.on_let_die(life)
        elif not why and life.dead is not None:
            life.dead.end = life.alive_since = now

    def look_at_all(self) -> None:
        for life in self.lives:
            self.look_at(life)


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while True:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
        if not number:
            return text.rjust(3, "0")
