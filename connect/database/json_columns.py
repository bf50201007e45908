"""Changes one key of a JSON column without reading the column first."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, TextField, Value


def merged(column: str, changes: dict[str, Any]) -> Func:
    """The column with these keys set, for an UPDATE; a concurrent change of other keys is kept."""
    value = Value(changes, output_field=JSONField())
    return Func(F(column), value, template="%(expressions)s", arg_joiner=" || ", output_field=JSONField())


def without(column: str, *keys: str) -> Func:
    """The column without these keys, for an UPDATE."""
    gone = Value(list(keys), output_field=ArrayField(TextField()))
    return Func(F(column), gone, template="(%(expressions)s::text[])", arg_joiner=" - ", output_field=JSONField())
