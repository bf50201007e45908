"""Connections by network: how many, how healthy, how fresh, and how many followers they have together."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum

from connect.moderation.workflow import Health, Status
from connect.network_table import Network
from networks.models import SocialNetwork

WELL = (Health.HEALTHY, Health.EXPIRING)


def by_network(now: datetime) -> list[dict[str, Any]]:
    """Count the verified connections; `fresh` are those whose count is not older than two intervals.

    `followers` is None where no count is known, which is not the same as 0.
    """
    rows = SocialNetwork.objects.filter(verified=True).exclude(status=Status.DISCONNECTED).order_by()
    counted = rows.values("network").annotate(
        count=Count("pk"),
        well=Count("pk", filter=Q(health__in=WELL)),
        ill=Count("pk", filter=Q(health=Health.SUSPECT)),
        fresh=Count("followers", filter=Q(followers_as_of__gte=now - 2 * settings.REFRESH_EVERY)),
        known=Count("followers"),
        followers=Sum("followers", filter=Q(status=Status.ACCEPTED)),
    )
    counts_by_network = {counts["network"]: counts for counts in counted}
    return [_with_shares(network, counts_by_network[network]) for network in Network if network in counts_by_network]


def _with_shares(network: Network, counts: dict[str, Any]) -> dict[str, Any]:
    total = counts["count"]
    shares = {name: round(100 * counts[name] / total) for name in ("well", "ill")}
    broken = total - counts["well"] - counts["ill"]
    fresh = round(100 * counts["fresh"] / counts["known"]) if counts["known"] else None
    return {**counts, "label": network.label, "broken": broken, "share": shares, "fresh_share": fresh}
