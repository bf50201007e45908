from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

NEVER = datetime.min.replace(tzinfo=UTC)


def moment(text: str) -> datetime:
    """Parse the time at which a form says that its page was made; NEVER if it is missing or invalid."""
    try:
        parsed = parse_datetime(text) or NEVER
    except ValueError:
        return NEVER
    return parsed if parsed.tzinfo else NEVER
