"""The sandbox's people. Nothing has to be stored: everything follows from a name, and an id leads back to the name."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.states import TOKEN_STATES
from social_auth.sandbox.traits import NAME, Traits, changed_names, network_state, traits_of

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
APP_NAMES = {network: "GOOGLE" if network == Network.YOUTUBE else network.upper() for network in Network}


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
        return traits_of(self.network, self.name)

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


def changed_accounts() -> list[Account]:
    """The accounts for which something was set."""
    return [Account(network, name) for network, name in changed_names()]


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
