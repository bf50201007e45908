"""The sandbox's tokens. The text of a token holds its owner, app and state; only its use or end has to be stored."""

import base64
import json
import math
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, is_ours, our_apps
from social_auth.sandbox.pkce import challenge_of
from social_auth.sandbox.states import STATES, TOKEN_STATES
from social_auth.sandbox.traits import NAME, reset_traits
from social_auth.sandbox.versions import restore_versions

FOREIGN_APP = "somebody-elses-app"
DAY = 86400
REFRESH_LIVES = {
    Network.LINKEDIN: 365 * DAY,
    Network.TIKTOK: 365 * DAY,
    Network.PINTEREST: 60 * DAY,
    Network.FACEBOOK: 60 * DAY,
    Network.INSTAGRAM: 60 * DAY,
}
"""How many seconds a refresh token lives; those of the other networks live until they are revoked."""
FROM_SIGN_IN = (Network.LINKEDIN, Network.TIKTOK)
"""Networks where that life counts from the sign-in; elsewhere each renewal restarts it."""
RENEWING_KINDS = ("refresh", "long")
NO_SCOPES = "-"
"""The scope of a token whose owner unticked everything."""
TIME_LIMITED = 7 * DAY
"""How long it lives if its owner granted access for a limited time."""
access_token_lives: dict[tuple[str, str], float] = {}
"""By network and kind of token, in seconds; in development it is empty, and no access token expires."""
_spent: set[str] = set()
_ended: set[str] = set()
_revoked: dict[tuple[str, str, str], float] = {}
"""By network, account and app: tokens minted up to this time are revoked."""


@dataclass(frozen=True)
class Token:
    network: str
    account: str
    app: str
    state: str = "ok"
    kind: str = "short"
    minted: float = 0.0
    signed_in: float = 0.0
    """When its owner consented on the provider's page."""
    nonce: str = ""
    scope: str = ""
    """The granted scopes, separated by spaces; empty for the usual ones."""
    online: bool = False
    """Whether it comes without a refresh token, since the app did not ask for one."""
    asked_nonce: str = ""
    """The nonce of the authorization request, which the id_token repeats."""
    challenge: str = ""
    """Of a code: its PKCE challenge."""
    method: str = ""
    redirect: str = ""
    """Of a code: the redirect URI that the exchange must repeat; empty for any."""

    def __str__(self) -> str:
        fields = {name: value for name, value in vars(self).items() if value}
        text = json.dumps(fields, separators=(",", ":")).encode()
        return f"sbx.{base64.urlsafe_b64encode(text).decode().rstrip('=')}"

    @property
    def holder(self) -> Account:
        return Account(self.network, self.account)

    @property
    def condition(self) -> str:
        """The state of the token, or if that is ok the state of its account."""
        return self.state if self.state != "ok" else self.holder.state

    @property
    def audience(self) -> str:
        """The app for which the provider says the token was issued."""
        return FOREIGN_APP if self.condition == "wrong_app" else self.app

    @property
    def ours(self) -> bool:
        return is_ours(self.network, self.audience)

    @property
    def seconds_left(self) -> int | None:
        """How long a renewing token still lives; None for others, and if only its owner can end it."""
        life = TIME_LIMITED if self.condition == "time_limited" else REFRESH_LIVES.get(Network(self.network))
        start = self.signed_in if self.network in FROM_SIGN_IN or self.condition == "time_limited" else self.minted
        return None if life is None or self.kind not in RENEWING_KINDS else int(start + life - time.time())

    @property
    def dead(self) -> bool:
        if self.nonce in _ended or (self.seconds_left or 1) < 0 or self.ends_at <= time.time():
            return True
        if self.kind == "refresh" and "expired" in (self.state, self.holder.traits.state):
            return _revoked.get(self._key, 0) >= self.minted  # "expired" concerns access tokens alone
        if self.state in TOKEN_STATES or self.holder.ended(self.minted):
            return True
        return _revoked.get(self._key, 0) >= self.minted

    @property
    def ends_at(self) -> float:
        """When it expires, in seconds since the epoch."""
        return self.minted + access_token_lives.get((self.network, self.kind), math.inf)

    @property
    def spent(self) -> bool:
        return self.nonce in _spent

    def spend(self) -> bool:
        """Use up a single-use token and return True; a second use revokes the account's whole grant to the app."""
        if self.nonce in _spent:
            self.revoke()
            return False
        _spent.add(self.nonce)
        return True

    def scopes(self, usual: Iterable[str], little: str) -> list[str]:
        """The scopes that its owner ticked, or the usual ones; in the state missing_scope at most `little`."""
        if self.condition == "missing_scope":
            return [little] if little else []
        return [scope for scope in self.scope.split() if scope != NO_SCOPES] if self.scope else list(usual)

    def sibling(self, kind: str) -> "Token":
        """A new token of another kind from the same grant."""
        anew = {"kind": kind, "minted": time.time(), "nonce": secrets.token_hex(8)}
        return replace(self, **anew, challenge="", method="", redirect="")  # type: ignore[arg-type]

    def end(self) -> None:
        """Revoke this token alone."""
        _ended.add(self.nonce)

    def revoke(self) -> None:
        """Revoke the account's grant to the app; tokens minted later are valid again."""
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
    """Make a token; without a name, of a new account. Raises ValueError for an impossible name or state."""
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
    """Return the token if the text is one of that network, valid or not."""
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix("sbx.") + "==")
        token = Token(**json.loads(raw))
    except (ValueError, TypeError):
        return None
    return token if str(token) == text and token.network == network else None


def forget() -> None:
    """Forget everything that was revoked, spent, set and retired."""
    _revoked.clear()
    _spent.clear()
    _ended.clear()
    reset_traits()
    restore_versions()
