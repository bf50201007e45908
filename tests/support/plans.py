"""Which statements of a call would read a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

Statement = tuple[str, Any]


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What the block asks of the database, with its parameters."""
    told: list[Statement] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        told.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield told


def reading_all_of(told: list[Statement], *tables: str) -> list[str]:
    """Those of the statements whose plan reads one of the tables from its beginning to its end."""
    return [sql for sql, params in told if sql.lstrip().startswith("SELECT") and _scans(sql, params, tables)]


def _scans(sql: str, params: Any, tables: tuple[str, ...]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    return any(f"Seq Scan on {table}" in plan for table in tables)


def analyze(*tables: str) -> None:
    """Let the planner know how many rows there are."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
