"""The sandbox's people. Nothing has to be stored: everything follows from a name, and an id leads back to the name.
What somebody set by hand is remembered while the sandbox runs."""

import hashlib
import re
import time
from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.states import NETWORK_STATES, STATES, TOKEN_STATES

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
NAME = re.compile(r"[a-z][a-z0-9_]{0,8}")
HANDLE = re.compile(r"[a-z][a-z0-9_]{0,14}")
EVERYBODY = "*"
APP_NAMES = {network: "GOOGLE" if network == Network.YOUTUBE else network.upper() for network in Network}


@dataclass(frozen=True)
class Traits:
    """What somebody set for an account, and when the state was set."""

    followers: int | None = None
    handle: str = ""
    state: str = "ok"
    since: float = 0.0
    assets: int = 2
    """How many pages, boards or organisations it administers."""


_traits: dict[tuple[str, str], Traits] = {}


@dataclass(frozen=True)
class Account:
    """A creator's account at one provider."""

    network: str
    name: str

    @cached_property
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
    def traits(self) -> Traits:
        return _traits.get((self.network, self.name), Traits())

    @property
    def state(self) -> str:
        """The state of the account, or if that is ok the state of its network."""
        if self.traits.state != "ok":
            return self.traits.state
        return network_state(self.network)

    @property
    def handle(self) -> str:
        handle = self.traits.handle or self.name
        return f"new_{handle}"[:15] if self.traits.state == "renamed" else handle

    @property
    def followers(self) -> int:
        if self.traits.followers is not None:
            return self.traits.followers
        digest = int.from_bytes(hashlib.sha256(f"{self.network}:{self.name}".encode()).digest()[:8])
        return 100 + digest % 10 ** (3 + digest % 4)

    @property
    def verified(self) -> bool:
        return self.followers % 3 == 0

    @property
    def channel_id(self) -> str:
        return f"UC{self.name:-<22}"

    def uid(self, app: str) -> str:
        """The id that the mobile SDK returns; at some providers it differs from app to app."""
        scope = "1" if is_ours(self.network, app) else "2"
        return {
            Network.FACEBOOK: f"{self.number}{scope}",
            Network.INSTAGRAM: f"17841{self.number}",
            Network.YOUTUBE: f"10{self.number}",
            Network.TIKTOK: f"open-{scope}-{self.name}",
            Network.LINKEDIN: f"li{scope}{self.name}",
        }.get(Network(self.network), str(self.number))

    def assets(self) -> "list[Asset]":
        """What the account administers, numbered from 1; in the state page_lost the first one is missing."""
        first_is_lost = self.state == "page_lost"
        return [Asset(self, place) for place in range(1 + first_is_lost, self.traits.assets + 1)]

    def ended(self, minted: float) -> bool:
        """Whether tokens minted at that time have expired or been revoked since."""
        return self.traits.state in TOKEN_STATES and self.traits.since >= minted


@dataclass(frozen=True)
class Asset:
    """A page, board or organisation that an account administers."""

    holder: Account
    place: int

    @property
    def number(self) -> str:
        return f"{self.holder.number}{7000 + self.place}"

    @property
    def title(self) -> str:
        return f"{self.holder.display_name} {self.place}"

    @property
    def slug(self) -> str:
        return f"{self.holder.name}-{self.place}".replace("_", "-")

    @property
    def followers(self) -> int:
        return self.holder.followers + self.place


def network_state(network: str) -> str:
    return _traits.get((network, EVERYBODY), Traits()).state


def set_traits(
    network: str,
    name: str,
    *,
    followers: int | None = None,
    handle: str = "",
    state: str = "",
    assets: int | None = None,
) -> Account:
    """Change the given traits and leave the others; raises ValueError for an impossible value."""
    if name != EVERYBODY and not NAME.fullmatch(name):
        raise ValueError("An account name has 1 to 9 of a-z, 0-9 and _, and starts with a letter")
    if state and state not in (STATES if name != EVERYBODY else ("ok", *NETWORK_STATES)):
        raise ValueError(f"{state!r} is no state of {'a network' if name == EVERYBODY else 'an account'}")
    if handle and not HANDLE.fullmatch(handle):
        raise ValueError("A handle has 1 to 15 of a-z, 0-9 and _, and starts with a letter")
    if not 0 <= (followers or 0) <= 10**10:
        raise ValueError("A count is a whole number from 0 to 10,000,000,000")
    if not 0 <= (assets or 0) <= 1000:
        raise ValueError("An account administers 0 to 1000 pages")
    old = _traits.get((network, name), Traits())
    new = replace(
        old,
        handle=handle or old.handle,
        followers=old.followers if followers is None else followers,
        assets=old.assets if assets is None else assets,
    )
    _traits[network, name] = replace(new, state=state, since=time.time()) if state else new
    return Account(network, name)


def changed_accounts() -> list[Account]:
    """The accounts for which something was set."""
    return [Account(network, name) for network, name in _traits]


def account_of_number(network: str, number: str) -> Account | None:
    if not (number.isascii() and number.isdigit() and len(number) <= 19):
        return None
    remainder, name = int(number), ""
    while remainder:
        remainder, index = divmod(remainder - 1, len(LETTERS))
        name = LETTERS[index] + name
    return Account(network, name) if NAME.fullmatch(name) else None


def account_of_handle(network: str, handle: str) -> Account | None:
    """The account that has the handle now, with or without @ and in any case."""
    handle = handle.removeprefix("@").lower()
    holder = next(
        (account for account in changed_accounts() if account.network == network and account.handle == handle), None
    )
    if holder or not NAME.fullmatch(handle):
        return holder
    account = Account(network, handle)
    return account if account.handle == handle else None


def account_of_channel(channel_id: str) -> Account | None:
    name = channel_id.removeprefix("UC").rstrip("-")
    return Account(Network.YOUTUBE, name) if channel_id.startswith("UC") and NAME.fullmatch(name) else None


def our_apps(network: str) -> list[str]:
    return settings.PROVIDER_CLIENT_IDS[APP_NAMES[Network(network)]]


def our_secret(network: str) -> str:
    return settings.PROVIDER_CLIENT_SECRETS[APP_NAMES[Network(network)]]


def is_ours(network: str, app: str) -> bool:
    return app in our_apps(network)


def reset_traits() -> None:
    _traits.clear()
