"""The sandbox's tokens. A token says whose it is, for which app and in what state; only what was spent or revoked is
remembered."""

import base64
import json
import math
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from connect.network_table import Network
from social_auth.sandbox.accounts import NAME, Account, forget_traits, is_ours, our_apps
from social_auth.sandbox.pkce import challenge_of
from social_auth.sandbox.states import OF_TOKENS, STATES
from social_auth.sandbox.versions import restore_versions

FOREIGN_APP = "somebody-elses-app"
DAY = 86400
GRANT_LIVES = {
    Network.LINKEDIN: 365 * DAY,
    Network.TIKTOK: 365 * DAY,
    Network.PINTEREST: 60 * DAY,
    Network.FACEBOOK: 60 * DAY,
    Network.INSTAGRAM: 60 * DAY,
}
"""How many seconds what renews a token lives; that of the others lives until somebody ends it."""
FIXED = (Network.LINKEDIN, Network.TIKTOK)
"""Where that counts from the sign-in, and not anew from each renewal."""
GRANTS = ("refresh", "long")
NOTHING = "-"
"""The scope of who unticked all there was."""
TIME_LIMITED = 7 * DAY
"""How long it lives if its owner granted it for a time only."""
lives: dict[tuple[str, str], float] = {}
"""How many seconds tokens of a network and kind live beside that. In development no access token ends by itself."""
_spent: set[str] = set()
_ended: set[str] = set()
_revoked: dict[tuple[str, str, str], float] = {}
"""(network, account, app) -> until when the tokens minted before are dead."""


@dataclass(frozen=True)
class Token:
    network: str
    account: str
    app: str
    state: str = "ok"
    kind: str = "short"
    minted: float = 0.0
    signed_in: float = 0.0
    """When its owner went through the provider's dialog."""
    nonce: str = ""
    scope: str = ""
    """What its owner granted, in one line; empty for all that we usually ask for."""
    online: bool = False
    """Whether no refresh token goes with it, since none was asked for."""
    asked_nonce: str = ""
    """What an id_token must repeat."""
    challenge: str = ""
    """Of a code: what its verifier must lead to, if the client gave a challenge."""
    method: str = ""
    redirect: str = ""
    """Of a code: where it was sent, if that matters."""

    def __str__(self) -> str:
        told = {name: value for name, value in vars(self).items() if value}
        text = json.dumps(told, separators=(",", ":")).encode()
        return f"sbx.{base64.urlsafe_b64encode(text).decode().rstrip('=')}"

    @property
    def holder(self) -> Account:
        return Account(self.network, self.account)

    @property
    def condition(self) -> str:
        """What is the matter with the token itself, or else with its account."""
        return self.state if self.state != "ok" else self.holder.state

    @property
    def audience(self) -> str:
        """The app that the provider says the token was minted for."""
        return FOREIGN_APP if self.condition == "wrong_app" else self.app

    @property
    def ours(self) -> bool:
        return is_ours(self.network, self.audience)

    @property
    def seconds_left(self) -> int | None:
        """How long what renews a token still lives; None if nothing but its owner ends it."""
        life = TIME_LIMITED if self.condition == "time_limited" else GRANT_LIVES.get(Network(self.network))
        start = self.signed_in if self.network in FIXED or self.condition == "time_limited" else self.minted
        return None if life is None or self.kind not in GRANTS else int(start + life - time.time())

    @property
    def dead(self) -> bool:
        if self.nonce in _ended or (self.seconds_left or 1) < 0 or self.ends_at <= time.time():
            return True
        if self.kind == "refresh" and "expired" in (self.state, self.holder.traits.state):
            return _revoked.get(self._key, 0) >= self.minted  # an access token expires, what renews it does not
        if self.state in OF_TOKENS or self.holder.ended(self.minted):
            return True
        return _revoked.get(self._key, 0) >= self.minted

    @property
    def ends_at(self) -> float:
        """When it is over by itself, in seconds since the epoch."""
        return self.minted + lives.get((self.network, self.kind), math.inf)

    @property
    def spent(self) -> bool:
        return self.nonce in _spent

    def spend(self) -> bool:
        """Use up what is good for one use; using it twice ends everything the account gave this app."""
        if self.nonce in _spent:
            self.revoke()
            return False
        _spent.add(self.nonce)
        return True

    def scopes(self, usual: Iterable[str], little: str) -> list[str]:
        """What may be done with it: what its owner ticked, or for a minted one what we usually ask for."""
        if self.condition == "missing_scope":
            return [little] if little else []
        return [scope for scope in self.scope.split() if scope != NOTHING] if self.scope else list(usual)

    def sibling(self, kind: str) -> "Token":
        """Another token of the same grant: as good, but of another kind."""
        anew = {"kind": kind, "minted": time.time(), "nonce": secrets.token_hex(8)}
        return replace(self, **anew, challenge="", method="", redirect="")  # type: ignore[arg-type]

    def end(self) -> None:
        """Revoke this token alone."""
        _ended.add(self.nonce)

    def revoke(self) -> None:
        """What the account gave this app is over; a token minted later is alive again."""
        _revoked[self._key] = time.time()

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.network, self.account, self.app


def mint(
    network: str,
    name: str = "",
    *,
    foreign: bool = False,
    state: str = "ok",
    kind: str = "short",
    verifier: str = "",
    redirect: str = "",
) -> Token:
    """Make a token; without a name, of a fresh account. Raises ValueError for a name or state that cannot be."""
    name = name or f"new_{secrets.token_hex(2)}"
    if not NAME.fullmatch(name):
        raise ValueError("An account name has 1 to 9 of a-z, 0-9 and _, and starts with a letter")
    if state not in STATES:
        raise ValueError(f"A state is one of {', '.join(STATES)}")
    app = FOREIGN_APP if foreign else our_apps(network)[0]
    now = time.time()
    traits = {"minted": now, "signed_in": now, "nonce": secrets.token_hex(8)}
    method = "hex" if network == Network.TIKTOK else "S256"
    traits |= {"challenge": challenge_of(verifier, method), "method": method} if verifier else {}
    return Token(network, name, app, state, kind, redirect=redirect, **traits)  # type: ignore[arg-type]


def read_token(text: str, network: str) -> Token | None:
    """Return the token if the text is one of that network, dead or alive."""
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix("sbx.") + "==")
        token = Token(**json.loads(raw))
    except (ValueError, TypeError):
        return None
    return token if str(token) == text and token.network == network else None


def forget() -> None:
    """Forget what was revoked, spent and set: a new day in the sandbox."""
    _revoked.clear()
    _spent.clear()
    _ended.clear()
    forget_traits()
    restore_versions()
