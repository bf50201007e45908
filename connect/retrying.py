"""Trying a transaction again that the database gave up: a deadlock, a lock time-out, a restart."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")
TRIES = 3


def retried(transaction: Callable[[], T], *, pauses: Sequence[float] = ()) -> T:
    """Run a whole transaction, up to three times; it must do nothing outside the database. Raises OperationalError."""
    for left in range(TRIES - 1, -1, -1):
        try:
            return transaction()
        except OperationalError:
            if not left or connection.in_atomic_block:
                raise
            connection.close()
    raise AssertionError("unreachable")
