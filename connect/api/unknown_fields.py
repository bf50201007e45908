"""Fields that a call does not know: a misspelt name would else be ignored without a word."""

from typing import Any
from urllib.parse import quote

from django.conf import settings

from connect.errors import ValidationFailed

HEADER = "X-Unknown-Fields"
IGNORE, WARN, REFUSE = "ignore", "warn", "refuse"
MOST = 10
LONGEST = 64


def unknown_fields(sent: Any, input_class: Any) -> list[str]:
    """The names that were sent and that the call does not have, as they may be written into a header."""
    known = getattr(input_class, "_declared_fields", None)
    if not sent or known is None or not isinstance(sent, dict) or settings.CONNECT_UNKNOWN_KEYS == IGNORE:
        return []
    return [quote(name[:LONGEST], safe="[]") for name in sent if name not in known][:MOST]


def refuse_unknown(names: list[str]) -> None:
    """Raise ValidationFailed that names them, if the platform wants it so."""
    if names and settings.CONNECT_UNKNOWN_KEYS == REFUSE:
        errors = [{"field": name, "message": "Unknown field"} for name in names]
        raise ValidationFailed("Unknown field", field=names[0], errors=errors if len(errors) > 1 else None)
