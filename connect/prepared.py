from collections.abc import Sequence
from typing import Any, cast

from django.db import connection


def prepared(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query that calls ask all the time: PostgreSQL binds its parameters and keeps its plan."""
    with cast(Any, connection).binding_cursor() as cursor:
        cursor.execute(sql, params)
        return cast(list[tuple[Any, ...]], cursor.fetchall())
