"""The sandbox's people and tokens. Both explain themselves, so nothing has to be stored: an id leads back to its name,
a token says whose it is, for which app and in what state."""

import base64
import hashlib
import json
import re
import secrets
import time
from dataclasses import asdict, dataclass, replace

from django.conf import settings

from connect.network_table import Network

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
NAME = re.compile(r"[a-z][a-z0-9_]{0,8}")
FOREIGN_APP = "somebody-elses-app"
STATES = ("ok", "expired", "revoked", "rate_limited", "5xx", "hang")
APP_NAMES = {network: "GOOGLE" if network == Network.YOUTUBE else network.upper() for network in Network}
_spent: set[str] = set()
_revoked: dict[tuple[str, str, str], float] = {}
"""(network, account, app) -> until when the tokens minted before are dead."""


@dataclass(frozen=True)
class Account:
    """A creator at one provider; everything about them follows from the name."""

    network: str
    name: str

    @property
    def number(self) -> int:
        """The name as a number of at most 15 digits, and back: bijective base 37."""
        number = 0
        for letter in self.name:
            number = number * len(LETTERS) + LETTERS.index(letter) + 1
        return number

    @property
    def display_name(self) -> str:
        return self.name.replace("_", " ").title()

    @property
    def followers(self) -> int:
        digest = int.from_bytes(hashlib.sha256(f"{self.network}:{self.name}".encode()).digest()[:8])
        return 100 + digest % 10 ** (3 + digest % 4)

    @property
    def verified(self) -> bool:
        return self.followers % 3 == 0

    @property
    def channel_id(self) -> str:
        return f"UC{self.name:-<22}"

    def uid(self, app: str) -> str:
        """The id that the mobile SDK hands out; at some providers it differs from app to app."""
        scope = "1" if is_ours(self.network, app) else "2"
        return {
            Network.FACEBOOK: f"{self.number}{scope}",
            Network.INSTAGRAM: f"17841{self.number}",
            Network.YOUTUBE: f"10{self.number}",
            Network.TIKTOK: f"open-{scope}-{self.name}",
            Network.LINKEDIN: f"li{scope}{self.name}",
        }.get(Network(self.network), str(self.number))


@dataclass(frozen=True)
class Token:
    network: str
    account: str
    app: str
    state: str = "ok"
    kind: str = "short"
    minted: float = 0.0
    nonce: str = ""
    verifier: str = ""
    """Of a code: the hash of what must come with it."""

    def __str__(self) -> str:
        text = json.dumps(asdict(self), separators=(",", ":")).encode()
        return f"sbx.{base64.urlsafe_b64encode(text).decode().rstrip('=')}"

    @property
    def holder(self) -> Account:
        return Account(self.network, self.account)

    @property
    def ours(self) -> bool:
        return is_ours(self.network, self.app)

    @property
    def dead(self) -> bool:
        return self.state in ("expired", "revoked") or _revoked.get(self._key, 0) >= self.minted

    def spend(self) -> bool:
        """Use up what is good for one use; using it twice ends everything the account gave this app."""
        if self.nonce in _spent:
            self.revoke()
            return False
        _spent.add(self.nonce)
        return True

    def sibling(self, kind: str) -> "Token":
        """Another token of the same grant: as good, but of another kind."""
        return replace(self, kind=kind, minted=time.time(), nonce=secrets.token_hex(8), verifier="")

    def revoke(self) -> None:
        """What the account gave this app is over; a token minted later is alive again."""
        _revoked[self._key] = time.time()

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.network, self.account, self.app


def mint(
    network: str, name: str = "", *, foreign: bool = False, state: str = "ok", kind: str = "short", verifier: str = ""
) -> Token:
    """Make a token; without a name, of a fresh account. Raises ValueError for a name or state that cannot be."""
    name = name or f"new_{secrets.token_hex(2)}"
    if not NAME.fullmatch(name):
        raise ValueError("An account name has 1 to 9 of a-z, 0-9 and _, and starts with a letter")
    if state not in STATES:
        raise ValueError(f"A state is one of {', '.join(STATES)}")
    app = FOREIGN_APP if foreign else our_apps(network)[0]
    return Token(
        network, name, app, state, kind, minted=time.time(), nonce=secrets.token_hex(8), verifier=_hash(verifier)
    )


def read_token(text: str, network: str) -> Token | None:
    """Return the token if the text is one of that network, dead or alive."""
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix("sbx.") + "==")
        token = Token(**json.loads(raw))
    except (ValueError, TypeError):
        return None
    return token if str(token) == text and token.network == network else None


def account_of_number(network: str, number: str) -> Account | None:
    if not (number.isascii() and number.isdigit() and len(number) <= 19):
        return None
    rest, name = int(number), ""
    while rest:
        rest, index = divmod(rest - 1, len(LETTERS))
        name = LETTERS[index] + name
    return Account(network, name) if NAME.fullmatch(name) else None


def account_of_channel(channel_id: str) -> Account | None:
    name = channel_id.removeprefix("UC").rstrip("-")
    return Account(Network.YOUTUBE, name) if channel_id.startswith("UC") and NAME.fullmatch(name) else None


def our_apps(network: str) -> list[str]:
    return settings.PROVIDER_CLIENT_IDS[APP_NAMES[Network(network)]]


def our_secret(network: str) -> str:
    return settings.PROVIDER_CLIENT_SECRETS[APP_NAMES[Network(network)]]


def is_ours(network: str, app: str) -> bool:
    return app in our_apps(network)


def forget() -> None:
    """Forget what was revoked and spent: a new day in the sandbox."""
    _revoked.clear()
    _spent.clear()


def verifies(token: Token, verifier: str) -> bool:
    return not token.verifier or token.verifier == _hash(verifier)


def _hash(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()[:16] if verifier else ""
