"""Trying a transaction again that the database gave up: a deadlock, a lock time-out, a restart.

Only what is safe and quick is repeated. A statement that ran into its time limit would run into it again, and the
caller would wait three times as long. Who writes what cannot be had again waits for the database as long as it takes.
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

T = TypeVar("T")
QUICK = (0.0, 0.1)
"""Seconds between the tries of what somebody waits for."""
WITHIN = 5.0
"""Seconds after which no other try is begun: a lock, or a connection, that was waited for so long is not free."""
PATIENT = (0.2, 1, 3, 9, 20, *(30,) * 10)
"""Seconds between the tries of what cannot be had again: a database that is away for five minutes loses nothing."""
PASSING = {"40001", "40P01", "55P03", "25006", "57P01", "57P02", "57P03"}
"""Serialization, deadlock, lock time-out, a server that became read-only, and one that stops or starts."""
LOST = {"", "57P01", "57P02"}
"""A connection that breaks has no code; one that the server ends because it stops, or is told to, has."""


class Unsettled(OperationalError):
    """Whether the transaction was committed is not known, and the database could not be asked."""


def retried(work: Callable[[], T], *, pauses: Sequence[float] = QUICK, within: float | None = WITHIN) -> T:
    """Run a whole transaction again while the database gives it up for a passing reason; raises OperationalError.

    It must do nothing outside the database, and nothing twice when a COMMIT whose answer was lost is repeated: see
    `retried_once`. Without a limit (`within` None) any failure to reach the database, or to be done in time, passes.
    """
    started = time.monotonic()
    for pause in pauses:
        try:
            return work()
        except (OperationalError, InterfaceError) as error:
            late = within is not None and (time.monotonic() - started >= within or not _passes(error))
            if late or connection.in_atomic_block:
                raise
        connection.close()
        time.sleep(pause)
    return work()


def retried_once(work: Callable[[], T]) -> T:
    """Run `work` in a transaction of its own, repeated as by `retried`, and have its effect once.

    If the connection is lost over its COMMIT the database is asked whether it happened: then the result stands.
    Raises Unsettled if that cannot be told.
    """
    return retried(_Numbered(work))


class _Numbered(Generic[T]):
    """A transaction that knows its number in the database."""

    result: T

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.number = ""

    def __call__(self) -> T:
        if self.number and self._committed():
            return self.result
        self.number = ""
        try:
            with transaction.atomic():
                self.result = self.work()
                self.number = _asked("SELECT pg_current_xact_id()::text")
        except (OperationalError, InterfaceError) as error:
            if self.number and _is_lost(error):
                raise Unsettled("the COMMIT was not answered") from error
            raise
        return self.result

    def _committed(self) -> bool:
        """Whether the try before this one was committed after all."""
        try:
            status = _asked("SELECT pg_xact_status(%s::text::xid8)", self.number)
        except (OperationalError, InterfaceError) as error:
            raise Unsettled("the database is away since it was told to commit") from error
        if status == "in progress":
            raise Unsettled("the database has not noticed yet that the connection is lost")
        return status == "committed"


def _asked(sql: str, *params: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return str(cursor.fetchone()[0])


def _passes(error: Exception) -> bool:
    return _is_lost(error) or _code(error) in PASSING


def _is_lost(error: Exception) -> bool:
    """Whether the connection broke: what was asked last may have been done or not."""
    return _code(error) in LOST or _code(error).startswith("08")


def _code(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
