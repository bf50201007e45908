"""The database's clock, which all hosts share: a lease that one host writes is compared by others."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Func, Value

NOW = "coalesce(%(made_up_now)s::timestamptz, statement_timestamp())"
"""The shared clock in raw SQL; pass `made_up_now=made_up(now)`."""


class StatementTimestamp(Func):
    """When the statement began. PostgreSQL's now() is when the transaction began, which may be long ago."""

    template = "statement_timestamp()"
    output_field = DateTimeField()


def shared(now: datetime) -> Any:
    """An expression for the present by the shared clock; `now` is the present by this host's clock."""
    pretended = made_up(now)
    return StatementTimestamp() if pretended is None else Value(pretended, DateTimeField())


def moment(now: datetime) -> datetime:
    """Ask the database for the present, where it is compared with what another host wrote."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW}", {"made_up_now": made_up(now)})
        return cursor.fetchone()[0]


def made_up(now: datetime) -> datetime | None:
    """A time to use in place of the database's clock; None, except in tests, which replace this function."""
    return None
