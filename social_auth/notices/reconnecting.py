"""Links by which a creator reconnects an account. The room that makes them is above this one, and registers itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from connect.events.models import Event
from connect.moderation.workflow import Health, Status
from networks.models import SocialNetwork

ENDS, BROKEN = "network.expiring", "network.reauth_required"
TROUBLES = (ENDS, BROKEN)
"""What connecting again mends."""
_makers: list[Callable[[SocialNetwork], str]] = []


def register(make: Callable[[SocialNetwork], str]) -> None:
    """Register the function that makes a reconnect link; it is called whenever a mail or webhook with one is sent."""
    _makers[:] = [make]


def reconnect_url(network: SocialNetwork) -> str:
    """A link by which this account is reconnected; the app's address, if nothing is registered."""
    return _makers[0](network) if _makers else settings.APP_URL


def lasts(event: Event, record: Any) -> bool:
    """Whether the trouble that the event reports is still there."""
    if event.type == ENDS:
        ends_at = datetime.fromisoformat(event.data["expires_at"])
        return record.status != Status.DISCONNECTED and record.expires_at == ends_at > timezone.now()
    return record.health == Health.REAUTH_REQUIRED


def with_link(event: Event) -> dict[str, Any]:
    """The event's data for one delivery, with a new reconnect link while the trouble lasts.

    The link is in the request only. We store its digest, so that neither the table of events nor the feed can leak it.
    """
    if event.type not in TROUBLES:
        return event.data
    network = SocialNetwork.objects.select_related("user").filter(pk=event.object_id, user=event.user_id).first()
    if network is None or not lasts(event, network):
        return event.data
    return {**event.data, "reconnect_url": reconnect_url(network)}
