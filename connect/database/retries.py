"""Repeats a transaction that failed by a deadlock, a lock time-out or a restart of the database.

A statement that exceeded its time limit is not repeated: it would again, and the caller would wait three times as long.
For what would be lost for good, such as a new refresh token, `PATIENT` waits for a database that is away.
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

T = TypeVar("T")
QUICK = (0.0, 0.1)
"""Seconds between the tries while a caller waits."""
WITHIN = 5.0
"""Seconds after which no other try begins: a lock or connection that took so long is not free."""
PATIENT = (0.2, 1, 3, 9, 20, *(30,) * 10)
"""Seconds between the tries of a write that must not be lost: a database may be away for five minutes."""
PASSING = {"40001", "40P01", "55P03", "25006", "57P01", "57P02", "57P03"}
"""SQLSTATEs: serialization failure, deadlock, lock time-out, a server that became read-only, one that stops."""
LOST = {"", "57P01", "57P02"}
"""SQLSTATEs of a lost connection: none if it broke, or that of a server that stops or ends it."""


class Unsettled(OperationalError):
    """The connection was lost during COMMIT, and the database could not be asked whether it committed."""


def retried(work: Callable[[], T], *, pauses: Sequence[float] = QUICK, within: float | None = WITHIN) -> T:
    """Run a whole transaction, again if it fails for a passing reason; raises OperationalError after the last try.

    It must do nothing outside the database, and running it twice must be harmless, as the answer to a COMMIT may be
    lost (else use `retried_once`). With `within` None, every operational failure is retried.
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
    """Run `work` in a transaction of its own, retried as by `retried`, and make sure that it takes effect once.

    If the connection is lost during COMMIT, the database is asked whether it committed. Raises Unsettled if that
    cannot be found out.
    """
    return retried(_Numbered(work))


class _Numbered(Generic[T]):
    """A transaction that knows its id, by which the database tells later whether it committed."""

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
                self.number = _fetch_text("SELECT pg_current_xact_id()::text")
        except (OperationalError, InterfaceError) as error:
            if self.number and _is_lost(error):
                raise Unsettled("the COMMIT was not answered") from error
            raise
        return self.result

    def _committed(self) -> bool:
        """Whether the previous try committed after all."""
        try:
            status = _fetch_text("SELECT pg_xact_status(%s::text::xid8)", self.number)
        except (OperationalError, InterfaceError) as error:
            raise Unsettled("the database is away since it was told to commit") from error
        if status == "in progress":
            raise Unsettled("the database has not noticed yet that the connection is lost")
        return status == "committed"


def _fetch_text(sql: str, *params: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return str(cursor.fetchone()[0])


def _passes(error: Exception) -> bool:
    return _is_lost(error) or _code(error) in PASSING


def _is_lost(error: Exception) -> bool:
    """Whether the connection broke, so that the last statement may have been executed or not."""
    return _code(error) in LOST or _code(error).startswith("08")


def _code(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
