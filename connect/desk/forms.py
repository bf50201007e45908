from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

NEVER = datetime.min.replace(tzinfo=UTC)


def moment(text: str | None) -> datetime | None:
    """When a page was made, as it says itself; None if it does not say, a moment that never was if it says nonsense."""
    if text is None:
        return None
    try:
        told = parse_datetime(text) or NEVER
    except ValueError:
        return NEVER
    return told if told.tzinfo else NEVER
