from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

NEVER = datetime.min.replace(tzinfo=UTC)


def moment(text: str) -> datetime:
    """When a page was made, as it says itself; a moment that never was if it says nothing or nonsense."""
    try:
        told = parse_datetime(text) or NEVER
    except ValueError:
        return NEVER
    return told if told.tzinfo else NEVER
