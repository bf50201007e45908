"""Limits how long a thread waits for PostgreSQL.

The server ends slow statements itself (`statement_timeout`). A frozen server cannot, and its kernel keeps the
connection open: then the connection is given up here.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, OperationalError

from config.postgresql.statement_names import NamedByText

AWAY_SECONDS = 15.0
"""After a failed attempt to connect, the database counts as away for so long, or until it answers any thread. Longer
than the pool tries."""
SECONDS_WHILE_AWAY = 0.2
"""To wait for a connection while the database is away: else all threads would wait, and none answer the probes."""
_process = {"statement": math.inf, "away until": 0.0, "answered": 0.0}
_thread = threading.local()


class PatientConnection(Connection[Any]):
    """A connection that closes and raises OperationalError when the server is silent for longer than we may wait."""

    limits_first = ""
    """SQL that sets the limits at the start of each transaction; only behind a pooler (`time_limits`)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prepared = NamedByText()

    @property
    def pooled(self) -> bool:
        """Whether a pooler shares server connections among clients: then nothing may rely on the session."""
        return bool(self.limits_first)

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        if args or options:  # psycopg calls with a limit of its own
            return super().wait(gen, *args, **options)
        limit = min(_process["statement"], seconds_left())
        end = time.monotonic() + limit
        try:
            result = super().wait(gen, timeout=None if limit == math.inf else max(limit, 0.0))
        except OperationalError:
            if time.monotonic() < end or self.closed:
                raise
            note_away()
            self.pgconn.finish()  # the answer may still come, and the next user of the connection would read it
            raise OperationalError(f"the server was silent for {limit:.1f} seconds") from None
        _process["answered"], _process["away until"] = time.monotonic(), 0.0
        return result


def give_up_after(seconds: float) -> None:
    """Let no statement of this process take longer. Commands and migrations never call this, and may."""
    _process["statement"] = seconds


def note_away(pool: object = None) -> None:
    """Note that the server did not answer, or that the pool could not connect to it."""
    _process["away until"] = time.monotonic() + AWAY_SECONDS


def note_timeout(began: float) -> None:
    """Note that the pool had no connection since `began`. If the server answered others meanwhile, it is not away."""
    if _process["answered"] < began:
        note_away()


def seconds_for_a_connection(usual: float) -> float:
    """How long this thread may wait for a connection."""
    away = _process["away until"] > time.monotonic()
    return min(SECONDS_WHILE_AWAY if away else usual, seconds_left())


def seconds_left() -> float:
    """How long this thread may still wait; infinite outside of `within`."""
    return getattr(_thread, "end", math.inf) - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let this thread wait no longer for the database, for all queries inside of the block together."""
    outer = getattr(_thread, "end", math.inf)
    _thread.end = min(outer, time.monotonic() + seconds)
    try:
        yield
    finally:
        _thread.end = outer
