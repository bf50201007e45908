"""How far a follower count can be trusted: by where it comes from, unless it is too old to go by."""

from datetime import datetime

from django.conf import settings
from django.db.models import TextChoices


class CountSource(TextChoices):
    """Where a follower count comes from."""

    CLAIMED = "claimed", "Claimed by the creator"
    EXACT = "exact", "Exact"
    ROUNDED = "rounded", "Rounded by the provider"
    HIDDEN = "hidden", "Hidden by the creator"


READ = (CountSource.EXACT, CountSource.ROUNDED)
"""What a provider said at one moment, which passes."""
STALE = "stale"
QUALITIES = [*CountSource.choices, (STALE, "Read too long ago: see followers_as_of")]
QUALITY_SQL = (
    "CASE WHEN followers_source IN ('exact', 'rounded') AND followers_as_of < %s THEN 'stale' ELSE followers_source END"
)
"""The same as `quality`, for lists; its parameter is `stale_before`."""


def stale_before(now: datetime) -> datetime:
    """What was read before that is stale: three times the usual interval ago."""
    return now - 3 * settings.REFRESH_EVERY


def quality(source: str, as_of: datetime | None, now: datetime) -> str:
    """Return the count's source, or "stale"; empty if there is no count and nobody says why."""
    return STALE if source in READ and as_of is not None and as_of < stale_before(now) else source
