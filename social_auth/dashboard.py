"""What the moderation site's front page says of the refresh."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from social_auth.engine_table import COLUMNS, FIRST, rows


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the table of networks, for those who may see the connections."""
    if request.user.has_perm("networks.view_socialnetwork"):
        told = [row[:FIRST] for row in rows(timezone.now())]
        context["refresh_table"] = {"headers": COLUMNS[:FIRST], "rows": told}
    return context
