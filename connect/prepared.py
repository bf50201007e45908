from collections.abc import Sequence
from typing import Any, cast

from django.db import NotSupportedError, connection


def prepared(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query that calls ask all the time: PostgreSQL binds its parameters and keeps its plan."""
    try:
        return _rows(sql, params)
    except NotSupportedError:  # a migration changed a column meanwhile, and the connection's plan is of no use any more
        if connection.in_atomic_block:
            raise
        connection.connection.close()  # so that the pool throws it away
        connection.close()
        return _rows(sql, params)


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with cast(Any, connection).binding_cursor() as cursor:
        connection.connection.prepare_threshold = 5
        try:
            cursor.execute(sql, params)
        finally:
            connection.connection.prepare_threshold = None  # else psycopg counts, and keeps, the text of every query
        return cast(list[tuple[Any, ...]], cursor.fetchall())
