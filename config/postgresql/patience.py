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

_process = {"statement": math.inf}
_thread = threading.local()


class PatientConnection(Connection[Any]):
    """Raises OperationalError and is closed when the server has been silent for longer than its thread may wait."""

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        limit = min(_process["statement"], seconds_left())
        if limit == math.inf or args or options:  # who brings a limit of his own means it
            return super().wait(gen, *args, **options)
        end = time.monotonic() + limit
        try:
            return super().wait(gen, timeout=max(limit, 0.0))
        except OperationalError:
            if time.monotonic() < end or self.closed:
                raise
            self.pgconn.finish()  # the answer may come yet: nobody else should be given it
            raise OperationalError(f"the server was silent for {limit:.1f} seconds") from None


def give_up_after(seconds: float) -> None:
    """Let no statement of this process take longer; migrations and commands, which never call this, may."""
    _process["statement"] = seconds


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
