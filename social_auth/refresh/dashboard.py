"""What the moderation site's front page says of the refresh, the connections and the moderators' work."""

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
"""Seconds for which figures serve: with millions of rows they take a while to count."""


def _kept(name: str, count: Callable[[Any], Any], seconds: int) -> Any:
    """The figures; none while the database takes too long for them, so that the page is there when ops need it."""
    key = f"dashboard-{name}"
    if (told := cache.get(key)) is None:
        try:
            told = count(timezone.now())
        except DatabaseError:
            told = []
        cache.set(key, told, seconds)
    return told


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures, for those who may see the connections."""
    if request.user.has_perm("networks.view_socialnetwork"):
        context["refresh_table"] = {"headers": COLUMNS, "rows": _kept("refresh", rows, KEPT)}
        context["moderation"] = _kept("moderation", figures, KEPT)
        context["connections"] = _kept("connections", by_network, KEPT_TOTALS)
    return context
