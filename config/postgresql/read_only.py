"""Leaves a server that has become read-only, as a demoted primary does, for the one that took its place."""

import time
from typing import Any

from django.db import OperationalError
from django.db.utils import DatabaseErrorWrapper
from psycopg.errors import ReadOnlySqlTransaction

SECONDS_BETWEEN_DRAINS = 1.0
"""Where no other server has taken over, each write would otherwise empty the pool again."""
_process = {"drained": 0.0}


class ReadOnlyErrorWrapper(DatabaseErrorWrapper):
    """Treats a server that refuses to write like one that is away, and raises OperationalError."""

    wrapper: Any

    def __exit__(self, kind: Any, value: Any, at: Any) -> None:
        if isinstance(value, ReadOnlySqlTransaction):
            leave_server(self.wrapper)
            raise OperationalError(*value.args).with_traceback(at) from value
        super().__exit__(kind, value, at)


def leave_server(database: Any) -> None:
    """Give up this thread's connection and those in the pool. New ones go where the host name leads now."""
    database.connection.close()
    if not database.in_atomic_block:
        database.close()
    if database.pool and time.monotonic() - _process["drained"] > SECONDS_BETWEEN_DRAINS:
        _process["drained"] = time.monotonic()
        database.pool.drain()
