"""Where a creator connects an account again. The room that makes links is above this one, and registers itself."""

from collections.abc import Callable

from django.conf import settings

from networks.models import SocialNetwork

_makers: list[Callable[[SocialNetwork], str]] = []


def register(make: Callable[[SocialNetwork], str]) -> None:
    """Let mails take their reconnect links from there. Called for each mail that has one, when it is sent."""
    _makers[:] = [make]


def reconnect_url(network: SocialNetwork) -> str:
    """A link that leads to where this account is connected again; the app, while nobody makes better ones."""
    return _makers[0](network) if _makers else settings.APP_URL
