"""The virtual clock: of Python by time-machine, of PostgreSQL by a function that its own now() gives way to."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import time_machine
from django.db import connection

START = datetime(2027, 1, 4, tzinfo=UTC)
HANDS = """
CREATE SCHEMA clock;
CREATE UNLOGGED TABLE clock.hands (at timestamptz NOT NULL);
INSERT INTO clock.hands VALUES (now());
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM clock.hands';
"""


class Clock:
    """Stands still until it is moved. `seconds` is what a monotonic clock would show."""

    def __init__(self) -> None:
        self._travel = time_machine.travel(START, tick=False)
        self._coordinates: Any = None

    def __enter__(self) -> "Clock":
        self._coordinates = self._travel.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._travel.stop()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def seconds(self) -> float:
        return self.now.timestamp()

    def go_to(self, moment: datetime) -> None:
        """Move on, PostgreSQL's clock as well; never back."""
        self._coordinates.move_to(max(moment, self.now))
        self.tell_database()

    def tell_database(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clock.hands SET at = %s", [self.now])

    def pass_by(self, seconds: float) -> None:
        """Let a moment pass, as a call takes."""
        self._coordinates.shift(timedelta(seconds=seconds))

    def wear(self, *modules: Any) -> None:
        """Let these modules, which look at the monotonic clock, look at this one."""
        for module in modules:
            module.time = SimpleNamespace(monotonic=self.seconds, time=self.seconds, sleep=self.pass_by)


def make_hands(name: str) -> None:
    """Give a database a clock that can be moved: triggers that ask for now() find this one before PostgreSQL's."""
    with connection.cursor() as cursor:
        cursor.execute(HANDS)
        cursor.execute(f"ALTER DATABASE {name} SET search_path = clock, pg_catalog, public")
        for setting in ("synchronous_commit", "jit", "update_process_title", "track_activities"):  # for speed alone
            cursor.execute(f"ALTER DATABASE {name} SET {setting} = off")
