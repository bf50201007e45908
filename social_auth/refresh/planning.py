"""Claims the accounts that are due to be read, as many as their provider's budget allows."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from connect.due_work.work import Claim, DueWork
from connect.models import SocialResourceQuerySet
from connect.moderation.workflow import REFRESHED
from networks.models import SocialNetwork
from social_auth.budgets import spending
from social_auth.budgets.spending import unpaused
from social_auth.providers.adapters import adapter_for

ROUND = timedelta(seconds=15)
"""The time between two rounds of the planner."""


def refreshable() -> SocialResourceQuerySet:
    """Proven networks that are neither disconnected nor suspended."""
    return SocialNetwork.objects.filter(verified=True, status__in=REFRESHED)


def _room(network: str, leased: int, now: datetime) -> int:
    """How many accounts may be claimed: as many as the budget allows until the next round, within a cap.

    The cap counts batches, as workers do: more than they can work off within the lease would be claimed for nothing.
    """
    size = adapter_for(network).claim_size
    calls, units = adapter_for(network).cost(size)
    served = spending.available(network, now, ahead=ROUND) * size // calls
    if (left := spending.units_left(network, now)) is not None:
        served = min(served, left * size // units)
    return min(settings.REFRESH_OUTSTANDING * size - leased, served)


REFRESH = DueWork(
    name="refresh",
    lanes=unpaused,
    rows=lambda network: refreshable().filter(network=network),
    room=_room,
    lease=lambda: settings.REFRESH_LEASE,
    batch=lambda network: adapter_for(network).claim_size,
    lists_claims=True,
)


def claim_wanted(pk: int, now: datetime) -> Iterator[Claim]:
    """Claim the network that its owner has asked to be read, if it is due and no worker has it."""
    network = refreshable().filter(pk=pk).values_list("network", flat=True).first()
    if network in unpaused(now) and (claim := REFRESH.claim_one(pk, network, now)):
        yield claim
