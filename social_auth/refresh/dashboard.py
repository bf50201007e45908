"""Figures of the refresh, the connections and the moderators' work, for the front page of the admin."""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from connect.desk.figures import figures
from social_auth.refresh.overview import by_network
from social_auth.refresh.state_table import COLUMNS, rows

KEPT = 15
KEPT_TOTALS = 300
"""Seconds for which figures are cached: with millions of rows they take a while to count."""


def _cached(name: str, count: Callable[[Any], Any], seconds: int) -> Any:
    """The cached figures; none if the database takes too long, so that the page still opens when ops need it."""
    key = f"dashboard-{name}"
    if (figures_found := cache.get(key)) is None:
        try:
            figures_found = count(timezone.now())
        except DatabaseError:
            figures_found = []
        cache.set(key, figures_found, seconds)
    return figures_found


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures, for those who may see the connections."""
    if request.user.has_perm("networks.view_socialnetwork"):
        context["refresh_table"] = {"headers": COLUMNS, "rows": _cached("refresh", rows, KEPT)}
        context["moderation"] = _cached("moderation", figures, KEPT)
        context["connections"] = _cached("connections", by_network, KEPT_TOTALS)
    return context
