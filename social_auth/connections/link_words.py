"""What a network needs and gives, in sentences for the creator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social_auth.budgets.models import NetworkPause
from social_auth.connections.capabilities import capability
from social_auth.connections.models import ConnectLink
from social_auth.credentials.models import Credential
from social_auth.notices.mail import address_of
from social_auth.providers.base import Adapter

GIVES = {
    "name": "your name",
    "followers": "how many follow you",
    "following_count": "how many you follow",
    "posts_count": "how many posts you have",
    "videos_count": "how many videos you have",
    "boards_count": "how many boards you have",
    "views_count": "how often you were viewed",
    "likes_count": "how many likes you have",
    "account_type": "the kind of your account",
    "account_created": "since when you have it",
    "avatar_url": "your picture",
    "bio": "your description of yourself",
    "handle": "your handle",
    "verified_badge": "whether you are verified there",
    "verified_type": "whether you are verified there",
    "identity_verified": "whether you are verified there",
    "verified_followers_count": "how many of them are verified",
    "parody": "whether you are a parody",
}
KINDS = {
    "any": "any account",
    "business": "a business account",
    "creator": "a creator account",
    "personal profile": "your personal profile",
    "account with a YouTube channel": "an account with a YouTube channel",
    "member": "your own profile",
    "pinner": "a personal account",
}
ALLOWS = {
    "pages": "The pages that you manage, and how many follow them",
    "boards": "Your boards, so that you can add them",
    "followers": "How many follow you",
    "posts": "Likes and comments of your newest posts, for your engagement rate",
}


@dataclass(frozen=True)
class Choice:
    """A network as the page shows it."""

    network: str
    label: str
    account_types: str
    gives: str
    optional: list[tuple[str, str, bool]]
    """Optional permissions: name, text, and whether it is ticked."""
    is_open: bool
    opens_at: datetime | None
    rests_until: datetime | None
    is_resting: bool
    """Whether ops have paused it: it can be connected, and is read later."""


def choices(link: ConnectLink, now: datetime) -> list[Choice]:
    resting = {pause.network: pause.until for pause in NetworkPause.objects.in_force(now)}
    proposed = {*link.scopes, *_granted(link)}
    return [_choice(adapter, proposed, resting) for adapter in link.adapters]


def _choice(adapter: Adapter, proposed: set[str], resting: dict[str, Any]) -> Choice:
    of_network, network = capability(adapter), str(adapter.network)
    optional = [
        (option, ALLOWS[option], bool(proposed & set(scopes))) for option, scopes in adapter.offered_scopes.items()
    ]
    gives = dict.fromkeys(GIVES[name] for name in of_network["fields"])
    return Choice(
        network,
        label_of(adapter),
        kinds_of(adapter),
        listed([*gives], "and"),
        optional,
        of_network["open"],
        of_network["closed_until"],
        resting.get(network),
        network in resting,
    )


def _granted(link: ConnectLink) -> list[str]:
    """The scopes of the current connection, which a reconnect should not lose."""
    scopes = Credential.objects.filter(pk=link.record_id).values_list("scopes", flat=True).first()
    return scopes or []


def label_of(adapter: Adapter) -> str:
    """The network's name as creators know it."""
    return {"twitter": "X (Twitter)", "youtube": "YouTube"}.get(str(adapter.network), adapter.label)


def kinds_of(adapter: Adapter) -> str:
    return listed([KINDS[kind] for kind in adapter.account_types], "or")


def listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def masked(user: Any) -> str:
    """The address of the link's user, masked: enough for them to recognise it, and not for a stranger to learn it."""
    address = address_of(user)
    name, at, host = address.rpartition("@")
    return f"{name[:1]}•••{at}{host}" if at else "a person without an e-mail address"


def account_of(link: ConnectLink) -> str:
    """The name of the account that the link reconnects or has connected."""
    return link.record.name or link.record.external_id if link.record else ""
