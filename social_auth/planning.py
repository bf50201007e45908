"""Which accounts are read next: due networks are claimed under a lease, as many as their provider's budget serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from connect.advisory_locks import try_lock
from connect.models import SocialResourceQuerySet
from connect.network_table import Network
from connect.workflow import Status
from networks.models import SocialNetwork
from social_auth import budgets
from social_auth.models import NetworkPause
from social_auth.providers import adapter_for

REFRESHED = (Status.PENDING, Status.ACCEPTED, Status.REJECTED)
ROUND = timedelta(seconds=15)
"""The time between two rounds of the planner."""


@dataclass(frozen=True)
class Batch:
    """Networks of one provider, claimed together under one fencing token."""

    network: str
    token: int
    ids: list[int]


def refreshable() -> SocialResourceQuerySet:
    """Proven networks that are neither disconnected nor suspended."""
    return SocialNetwork.objects.filter(verified=True, status__in=REFRESHED)


def claim_due(now: datetime) -> Iterator[Batch]:
    """Claim what is due, provider by provider, as far as its budget goes and no more than the cap is outstanding."""
    paused = set(NetworkPause.objects.in_force(now).values_list("network", flat=True))
    for network in Network:
        if network not in paused:
            yield from _claim_network(network, now)


@transaction.atomic
def _claim_network(network: str, now: datetime) -> list[Batch]:
    """Claim one provider's share of this round; nothing if another planner is at it, so that the cap holds."""
    if not try_lock(f"plan:{network}"):
        return []
    rows = refreshable().filter(network=network)
    most = _room(network, rows.leased(now).count(), now)
    return list(claim(rows.due(now), network, most=most, now=now)) if most > 0 else []


def _room(network: str, leased: int, now: datetime) -> int:
    """How many accounts may be claimed: what the provider lets us read until the next round, within the cap.

    The cap counts batches, as workers do: more of them than can be worked off within the lease would be for nothing.
    """
    size = adapter_for(network).claim_size
    calls, units = adapter_for(network).cost(size)
    served = budgets.available(network, now, ahead=ROUND) * size // calls
    if (left := budgets.units_left(network, now)) is not None:
        served = min(served, left * size // units)
    return min(settings.REFRESH_OUTSTANDING * size - leased, served)


def claim_one(pk: int, now: datetime) -> Iterator[Batch]:
    """Claim that one network, if it is due and nobody has it."""
    rows = refreshable().filter(pk=pk)
    network = rows.values_list("network", flat=True).first()
    if network is not None and not NetworkPause.objects.in_force(now).filter(network=network).exists():
        yield from claim(rows.due(now), network, most=1, now=now)


def claim(rows: SocialResourceQuerySet, network: str, *, most: int, now: datetime) -> Iterator[Batch]:
    """Claim up to `most` rows at once and hand them out in batches of the provider's size."""
    size = adapter_for(network).claim_size
    token, ids = rows.claim(most=max(most, 0), now=now, lease=settings.REFRESH_LEASE)
    for start in range(0, len(ids), size):
        yield Batch(network, token, ids[start : start + size])
