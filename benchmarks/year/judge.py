"""What a customer saw, held against the truth: webhooks, the feed and the full view, and nothing else of ours."""

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.year.clock import Clock
from benchmarks.year.incidents import Incidents
from benchmarks.year.life import Death, Life
from benchmarks.year.lives import OWN_KEYS
from benchmarks.year.truth import Truth

DAY = timedelta(days=1)
CONFIRMATION = timedelta(hours=12)
"""CONNECT_CONFIRM_ALONE_AFTER: where few accounts are read that is how long a provider must go on saying it."""
INTERVAL = {True: timedelta(days=7), False: timedelta(days=2)}
"""Between two looks at a credential that our own keys do without, and between two readings of an account that rests."""
REFUSED = timedelta(days=8)
"""So much later what was refused has been asked for again: a renewal once a day, of a broken connection once a week."""
SETTLES = timedelta(days=4)
"""So long after it is healthy again, or connected, an account's number may be older than its cadence promises."""


@dataclass
class Tally:
    """What a network came to; sums over shards and networks."""

    accounts: int = 0
    deaths: int = 0
    not_told: int = 0
    living_called_dead: int = 0
    unsavable: int = 0
    ends: int = 0
    not_warned: int = 0
    lost: int = 0
    doubled: int = 0
    warned_in_vain: int = 0
    events: int = 0
    needless: int = 0
    shown_dead: int = 0
    ages: list[float] = field(default_factory=list)
    """Hours, of living numbers."""
    waits: list[float] = field(default_factory=list)
    """Hours from a death until it was told."""


class Judge:
    def __init__(self, clock: Clock, truth: Truth, incidents: Incidents, *, slack: timedelta) -> None:
        """`slack` is what lies between moments and the next rounds in this simulation."""
        self.clock, self.truth, self.incidents, self.slack = clock, truth, incidents, slack
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.findings: list[str] = []
        self.warned: dict[int, list[datetime]] = defaultdict(list)
        """The ends of which warnings came, by connection."""
        self.renamed: dict[int, set[str]] = defaultdict(set)
        """The names that were told, by connection."""
        self.last_word: dict[int, str] = {}
        self.facts: Counter[tuple[Any, ...]] = Counter()
        self.recovered: Counter[int] = Counter()
        self.feed: set[str] = set()
        self.shown: dict[int, str] = {}

    def found(self, life: Life | None, what: str) -> None:
        about = f"{life.network} {life.name} #{life.pk}" if life else "-"
        self.findings.append(f"{self.clock.now:%m-%d %H:%M} {about}: {what}")
        print(f"found: {self.findings[-1]}", file=sys.stderr, flush=True)

    # What is heard

    def hear(self, kind: str, at: datetime, data: dict[str, Any]) -> None:
        life = self.truth.by_pk.get(data.get("network_id", 0))
        if life is None:
            return
        self.tallies[life.network].events += 1
        match kind:
            case "network.reauth_required":
                self._reauth(life, at)
            case "network.expiring":
                self._expiring(life, at, data)
            case "network.disconnected" if data["by"] not in ("owner", "staff"):
                self._reauth(life, at)
            case "network.renamed":
                self.renamed[life.pk].add(data["found"])

    def _reauth(self, life: Life, at: datetime) -> None:
        self.truth.look_at(life)
        death = next((one for one in reversed(life.deaths) if one.covers(at)), None)
        if death:
            death.told = death.told or at
        elif self._excused(life):
            if life.dead:
                life.dead.told = life.dead.told or at  # noted too late: its provider ended it when we asked once more
        else:
            self.tallies[life.network].living_called_dead += 1
            self.found(life, f"called dead at {at:%m-%d %H:%M}, but lives ({self._about(life)})")

    def _excused(self, life: Life) -> bool:
        """Whether a worker was killed where no order of steps could have saved what its provider gave."""
        self.tallies[life.network].unsavable += life.unsavable
        return life.unsavable

    def let_die(self, life: Life) -> None:
        """A connection ended that we could have kept: its token was not renewed, or the one that renews was lost."""
        if not self._excused(life):
            self.tallies[life.network].living_called_dead += 1
            self.found(life, f"was let die ({self._about(life)})")

    def _about(self, life: Life) -> str:
        ill = [one for one in self.incidents.at_providers if one.network == life.network]
        recent = [str(one) for one in ill if abs(one.end - self.clock.now) < DAY * 2]
        return f"state {life.state}, {'bare' if life.refresh is None else 'with refresh token'}, lately {recent}"

    def _expiring(self, life: Life, at: datetime, data: dict[str, Any]) -> None:
        end = datetime.fromisoformat(data["expires_at"])
        self.warned[life.pk].append(end)
        if not self._ends(life, at, end):
            self.tallies[life.network].warned_in_vain += 1
            self.found(
                life, f"warned at {at:%m-%d %H:%M} of {data['expires_what']}, {end:%m-%d %H:%M}, and can be kept"
            )

    def _ends(self, life: Life, at: datetime, end: datetime) -> bool:
        """Whether the end of which was warned comes, as far as we can know.

        What refused to renew for a while, dead or ill, is believed to have ended until it renews again.
        """
        if life.connected is None or life.connected > at or life.ended or life.unsavable:
            return True  # what was said of a connection before
        known = life.known_end()
        if known and (known <= at or abs(known - end) < timedelta(hours=1)):
            return True  # of what a grant that is over leaves
        refused = any(death.start <= at and (death.end is None or death.end > at - REFUSED) for death in life.deaths)
        return refused or bool(self.incidents.blind(life.network, at - REFUSED, at))

    def _only_once(self, life: Life, kind: str, data: dict[str, Any]) -> None:
        """The same thing told twice, under two ids."""
        if kind == "network.expiring":
            fact = (life.pk, kind, data["days"], data["expires_at"], self.recovered[life.pk])
            if self.last_word.get(life.pk) == "network.recovered":
                self.last_word[life.pk] = kind  # one may recover from each warning
        elif kind in ("network.reauth_required", "network.recovered", "network.disconnected"):
            self.recovered[life.pk] += kind == "network.recovered"
            again = self.last_word.get(life.pk) == kind
            self.last_word[life.pk] = kind
            if not again:
                return
            fact = (life.pk, kind, "again")
            self.facts[fact] += 1
        elif kind == "network.milestone":
            fact = (life.pk, kind, data["milestone"])
        else:
            if kind == "network.connected":
                self.last_word[life.pk] = kind
            return
        self.facts[fact] += 1
        if self.facts[fact] > 1:
            self.tallies[life.network].doubled += 1
            self.found(life, f"told twice: {fact}")

    # What is seen

    def see(self, person: Any, events: list[dict[str, Any]], networks: list[dict[str, Any]]) -> None:
        for event in events:
            if event["id"] in self.feed:
                self.tallies["-"].doubled += 1
                self.found(None, f"twice in the feed: {event['type']}")
            elif life := self.truth.by_pk.get(event["data"].get("network_id", 0)):
                self._only_once(life, event["type"], event["data"])  # in their order, which webhooks do not promise
            self.feed.add(event["id"])
        for row in networks:
            if life := self.truth.by_pk.get(row["id"]):
                self._look(life, row)

    def _look(self, life: Life, row: dict[str, Any]) -> None:
        self.shown[life.pk] = row["health"]
        self.truth.look_at(life)
        now = self.clock.now
        if life.dead or life.alive_since is None or life.connected is None:
            return
        settled = max(life.alive_since, life.connected) + SETTLES
        if settled > now:
            return
        if row["health"] in ("reauth_required", "revoked"):
            since = max(life.alive_since, life.connected)
            if now - since - self.incidents.blind(life.network, since, now) > 2 * INTERVAL[life.network in OWN_KEYS]:
                self.tallies[life.network].shown_dead += 1
                self.found(life, f"lives since {since:%m-%d %H:%M}, and is shown as {row['health']}")
            return
        read = row["followers_as_of"] or row["last_updated"]
        self.tallies[life.network].ages.append((now - datetime.fromisoformat(read)) / timedelta(hours=1))

    # What came of it

    def passed_end(self, life: Life, end: datetime) -> None:
        tally = self.tallies[life.network]
        tally.ends += 1
        if not any(abs(told - end) < timedelta(hours=1) for told in self.warned[life.pk]):
            tally.not_warned += 1
            told = [f"{moment:%m-%d %H:%M}" for moment in self.warned[life.pk][-3:]]
            self.found(life, f"ended at {end:%m-%d %H:%M} without a warning; warned of {told}")

    def conclude(self, end: datetime, heard: Counter[str]) -> dict[str, Tally]:
        for life in self.truth.lives:
            tally = self.tallies[life.network]
            tally.accounts += 1
            for death in life.deaths:
                self._conclude_death(life, death, end)
            self._conclude_words(life)
            self._conclude_names(life, end)
        for uid in self.feed:
            if uid not in heard:
                self.tallies["-"].lost += 1
                self.found(None, f"event {uid} is in the feed and was never delivered")
        return dict(self.tallies)

    def _conclude_death(self, life: Life, death: Death, end: datetime) -> None:
        tally = self.tallies[life.network]
        interval = INTERVAL[life.network in OWN_KEYS and death.why not in ("deleted", "suspended")]
        due = death.start + 2 * interval + CONFIRMATION + self.slack
        due += self.incidents.blind(life.network, death.start, due)
        if min(death.end or end, end) < due and death.told is None:
            return  # it came back, or was connected again, before it had to be told
        tally.deaths += 1
        if death.told:
            tally.waits.append((death.told - death.start) / timedelta(hours=1))
        if death.told is None or death.told > due:
            tally.not_told += 1
            self.found(
                life, f"dead since {death.start:%m-%d %H:%M} ({death.why}), told {death.told}, due {due:%m-%d %H:%M}"
            )

    def _conclude_names(self, life: Life, end: datetime) -> None:
        """A name that an account kept for long enough, connected and alive, must have been told."""
        for number, (taken, handle) in enumerate(life.handles):
            due = taken + 2 * INTERVAL[False] + self.slack
            due += self.incidents.blind(life.network, taken, due) + SETTLES
            until = life.handles[number + 1][0] if number + 1 < len(life.handles) else end
            well = life.connected and life.connected < taken
            well = well and not any(death.start < due and (death.end or end) > taken for death in life.deaths)
            if well and due < until and handle not in self.renamed[life.pk]:
                self.tallies[life.network].lost += 1
                self.found(life, f"is called {handle} since {taken:%m-%d %H:%M}, and nobody was told")

    def _conclude_words(self, life: Life) -> None:
        """What the full view shows must be what was told last."""
        told, shown = self.last_word.get(life.pk), self.shown.get(life.pk)
        if shown == "reauth_required" and told != "network.reauth_required":
            self.tallies[life.network].lost += 1
            self.found(life, f"shown as {shown}, told last {told}")
        if shown == "healthy" and told == "network.reauth_required":
            self.tallies[life.network].lost += 1
            self.found(life, f"shown as {shown}, told last {told}")
