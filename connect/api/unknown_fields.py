"""Reports fields that a call does not know: otherwise a misspelt name would be ignored silently."""

from typing import Any
from urllib.parse import quote

from django.conf import settings

from connect.errors import ValidationFailed

HEADER = "X-Unknown-Fields"
IGNORE, WARN, REFUSE = "ignore", "warn", "refuse"
MOST = 10
LONGEST = 64


def unknown_fields(body: Any, input_class: Any) -> list[str]:
    """The fields of the body that the call does not have, quoted for a header."""
    known = getattr(input_class, "_declared_fields", None)
    if not body or known is None or not isinstance(body, dict) or settings.CONNECT_UNKNOWN_KEYS == IGNORE:
        return []
    return [quote(name[:LONGEST], safe="[]") for name in body if name not in known][:MOST]


def refuse_unknown(names: list[str]) -> None:
    """Raise ValidationFailed naming them, if the settings say so."""
    if names and settings.CONNECT_UNKNOWN_KEYS == REFUSE:
        errors = [{"field": name, "message": "Unknown field"} for name in names]
        raise ValidationFailed("Unknown field", field=names[0], errors=errors if len(errors) > 1 else None)
