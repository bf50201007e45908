"""A server that only reads, as a primary does that was demoted: it is left, for whoever took its place."""

import time
from typing import Any

from django.db import OperationalError
from django.db.utils import DatabaseErrorWrapper
from psycopg.errors import ReadOnlySqlTransaction

DRAINED_EVERY = 1.0
"""Seconds between two clearings of the pool: where nobody took its place, each write would make it anew."""
_process = {"drained": 0.0}


class LeavesReadOnly(DatabaseErrorWrapper):
    """Takes a server that refuses to write for one that is away, as nobody can say for how long."""

    wrapper: Any

    def __exit__(self, kind: Any, value: Any, at: Any) -> None:
        if isinstance(value, ReadOnlySqlTransaction):
            leave(self.wrapper)
            raise OperationalError(*value.args).with_traceback(at) from value
        super().__exit__(kind, value, at)


def leave(database: Any) -> None:
    """Give up this thread's connection and those in the pool; new ones go to whoever the name leads to now."""
    database.connection.close()
    if not database.in_atomic_block:
        database.close()
    if database.pool and time.monotonic() - _process["drained"] > DRAINED_EVERY:
        _process["drained"] = time.monotonic()
        database.pool.drain()
