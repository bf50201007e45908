"""How the connections are, by network: how many, how healthy, how fresh, and how many followers they have together."""

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

    `followers` is None where nobody told a count: that is not none at all.
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
    found = {one["network"]: one for one in counted}
    return [_told(network, found[network]) for network in Network if network in found]


def _told(network: Network, counts: dict[str, Any]) -> dict[str, Any]:
    total = counts["count"]
    shares = {name: round(100 * counts[name] / total) for name in ("well", "ill")}
    broken = total - counts["well"] - counts["ill"]
    fresh = round(100 * counts["fresh"] / counts["known"]) if counts["known"] else None
    return {**counts, "label": network.label, "broken": broken, "share": shares, "fresh_share": fresh}
