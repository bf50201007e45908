"""How long a thread waits for PostgreSQL: a frozen server says neither yes nor no, and its machine keeps the line.

The server ends statements by itself (`statement_timeout`); where it cannot any more, the connection is given up here.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, OperationalError

from config.postgresql.statement_names import NamedByText

AWAY = 15.0
"""Seconds for which a database is taken to be away that could not be connected to: longer than the pool tries. One
answer to anybody ends it."""
WHILE_AWAY = 0.2
"""Seconds that anybody waits for a connection then: else all threads wait, and none tells the probes how it stands."""
_process = {"statement": math.inf, "away until": 0.0, "answered": 0.0}
_thread = threading.local()


class PatientConnection(Connection[Any]):
    """Raises OperationalError and is closed when the server has been silent for longer than its thread may wait."""

    limits_first = ""
    """What has to be told to each transaction, as a pooler is in between (`config.postgresql.time_limits`)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prepared = NamedByText()

    @property
    def pooled(self) -> bool:
        """Whether somebody hands server connections round: then nothing that lives in a session may be relied on."""
        return bool(self.limits_first)

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        if args or options:  # who brings a limit of his own means it
            return super().wait(gen, *args, **options)
        limit = min(_process["statement"], seconds_left())
        end = time.monotonic() + limit
        try:
            told = super().wait(gen, timeout=None if limit == math.inf else max(limit, 0.0))
        except OperationalError:
            if time.monotonic() < end or self.closed:
                raise
            note_away()
            self.pgconn.finish()  # the answer may come yet: nobody else should be given it
            raise OperationalError(f"the server was silent for {limit:.1f} seconds") from None
        _process["answered"], _process["away until"] = time.monotonic(), 0.0
        return told


def give_up_after(seconds: float) -> None:
    """Let no statement of this process take longer; migrations and commands, which never call this, may."""
    _process["statement"] = seconds


def note_away(pool: object = None) -> None:
    """Take note that the server did not answer, or that the pool could not connect to it."""
    _process["away until"] = time.monotonic() + AWAY


def note_timeout(began: float) -> None:
    """Take note that no connection was free from then on; if the server answered others, there are too few of them."""
    if _process["answered"] < began:
        note_away()


def seconds_for_a_connection(usual: float) -> float:
    """How long this thread may wait for a connection."""
    away = _process["away until"] > time.monotonic()
    return min(WHILE_AWAY if away else usual, seconds_left())


def seconds_left() -> float:
    """How long this thread may still wait; infinite outside of `within`."""
    return getattr(_thread, "end", math.inf) - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let this thread wait no longer for the database, all that it asks inside of the block together."""
    outer = getattr(_thread, "end", math.inf)
    _thread.end = min(outer, time.monotonic() + seconds)
    try:
        yield
    finally:
        _thread.end = outer
