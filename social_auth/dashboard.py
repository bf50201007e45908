"""What the moderation site's front page says of the refresh."""

from typing import Any, cast

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from social_auth.engine_table import COLUMNS, rows

KEPT = 15
"""Seconds for which the table serves: with millions of rows due it takes a while to count them."""


def _rows() -> list[list[str]]:
    """The table; empty while the database takes too long for it, so that the page is there when ops need it."""
    try:
        return cast(list[list[str]], cache.get_or_set("refresh-table", lambda: rows(timezone.now()), KEPT))
    except DatabaseError:
        return []


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the table of networks, for those who may see the connections."""
    if request.user.has_perm("networks.view_socialnetwork"):
        context["refresh_table"] = {"headers": COLUMNS, "rows": _rows()}
    return context
