"""The clock that all hosts share, the database's: a lease that one host writes is judged by others."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Func, Value

NOW = "coalesce(%(told)s::timestamptz, statement_timestamp())"
"""The same for statements that are spelled out; `told` is `told(now)`."""


class StatementTimestamp(Func):
    """When PostgreSQL began with the statement: its now() stands still for as long as a transaction lasts."""

    template = "statement_timestamp()"
    output_field = DateTimeField()


def shared(now: datetime) -> Any:
    """The moment by the clock that all hosts share, as an expression; `now` is what this host takes it for."""
    made_up = told(now)
    return StatementTimestamp() if made_up is None else Value(made_up, DateTimeField())


def moment(now: datetime) -> datetime:
    """The moment by the clock that all hosts share, asked for: where two hosts' moments are subtracted."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW}", {"told": told(now)})
        return cursor.fetchone()[0]


def told(now: datetime) -> datetime | None:
    """What tells the database the time: nothing, as it knows it. Tests that make their own time put it in here."""
    return None
