"""The state of the refresh by network, for the command, the metrics and the dashboard."""

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Sum

from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.budgets import spending
from social_auth.budgets.models import NetworkPause, ProviderMinute
from social_auth.refresh.planning import REFRESH

RECENT = timedelta(minutes=5)
HEALTH_KEPT = 60
"""Seconds for which the counts by health are cached: only they read every row."""
TALLIES = ("calls", "refreshed", "postponed", "ends", "renewed", "refused", "lost", "faults")


def network_states(now: datetime) -> list[dict[str, Any]]:
    """Describe every network's queue, its last five minutes, its budget and its connections."""
    pauses = {pause.network: pause for pause in NetworkPause.objects.in_force(now)}
    recent = {row["network"]: row for row in _recent(now)}
    health = _health()
    return [_state(network, now, pauses.get(network), recent.get(network, {}), health) for network in Network.values]


def _state(
    network: str, now: datetime, pause: NetworkPause | None, recent: dict[str, Any], health: dict[str, dict[str, int]]
) -> dict[str, Any]:
    parked = spending.parked_until(network, now)
    return {
        "network": network,
        **REFRESH.state(network, now),
        **{name: recent.get(name) or 0 for name in TALLIES},
        "calls_available": spending.available(network, now, ahead=timedelta(0)),
        "units_left": spending.units_left(network, now),
        "parked_until": parked,
        "paused": pause is not None,
        "paused_until": pause.until if pause else None,
        "health": health.get(network, {}),
    }


def _recent(now: datetime) -> Any:
    sums: dict[str, Any] = {name: Sum(name) for name in TALLIES}
    return ProviderMinute.objects.filter(minute__gt=now - RECENT).values("network").annotate(**sums)


def _health() -> dict[str, dict[str, int]]:
    """Verified connections by network and health."""
    counts = cache.get("connections-by-health")
    if counts is None:
        counts = {}
        rows = SocialNetwork.objects.filter(verified=True).values_list("network", "health").annotate(Count("pk"))
        for network, health, count in rows.order_by():
            counts.setdefault(network, {})[health] = count
        cache.set("connections-by-health", counts, timeout=HEALTH_KEPT)
    return counts
