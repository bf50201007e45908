"""Writing a part of a JSON column without reading it first."""

from typing import Any

from django.db.models import F, Func, JSONField, Value


def merged(column: str, changes: dict[str, Any]) -> Func:
    """The column with these keys set, whatever others were written meanwhile; for use in an UPDATE."""
    value = Value(changes, output_field=JSONField())
    return Func(F(column), value, template="%(expressions)s", arg_joiner=" || ", output_field=JSONField())


def without(column: str, key: str) -> Func:
    """The column without that key; for use in an UPDATE."""
    return Func(F(column), Value(key), template="(%(expressions)s::text)", arg_joiner=" - ", output_field=JSONField())
