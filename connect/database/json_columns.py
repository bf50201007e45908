"""Writing a part of a JSON column without reading it first."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, TextField, Value


def merged(column: str, changes: dict[str, Any]) -> Func:
    """The column with these keys set, whatever others were written meanwhile; for use in an UPDATE."""
    value = Value(changes, output_field=JSONField())
    return Func(F(column), value, template="%(expressions)s", arg_joiner=" || ", output_field=JSONField())


def without(column: str, *keys: str) -> Func:
    """The column without these keys; for use in an UPDATE."""
    gone = Value(list(keys), output_field=ArrayField(TextField()))
    return Func(F(column), gone, template="(%(expressions)s::text[])", arg_joiner=" - ", output_field=JSONField())
