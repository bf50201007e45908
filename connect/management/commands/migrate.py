import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

from connect.database.advisory_locks import exclusive_lock
from connect.database.invalid_indexes import drop_invalid_indexes

LOCK_TIMEOUT = "500ms"
"""So long a migration waits for a table at most: whoever wants the table after it waits as long."""
TRIES = 120
SECONDS_BETWEEN_TRIES = 1.0


class Command(migrate.Command):
    """Django's command, beside a version that serves: one process at a time, and never long in the way of a call."""

    def handle(self, *args: Any, **options: Any) -> None:
        self.database = cast(Any, connections[options["database"]])
        with exclusive_lock("migrate", self.database), self.database.without_statement_timeout():
            drop_invalid_indexes(self.database)
            self._try_until_tables_are_free(partial(super().handle, *args, **options))

    def _try_until_tables_are_free(self, migrate_all: Callable[[], object]) -> None:
        """Let those go first who hold a table: a migration that did not get it is rolled back, and begins again."""
        for tries_left in reversed(range(TRIES)):
            try:
                migrate_all()
                break
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if not tries_left:
                    raise CommandError(f"a table was in use at each of {TRIES} tries: {error}") from error
            self.stderr.write(f"A table is in use for longer than {LOCK_TIMEOUT}; tried again in a second.")
            time.sleep(SECONDS_BETWEEN_TRIES)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action in ("apply_start", "unapply_start"):
            # an index that is built concurrently keeps nobody waiting, and has to outwait old transactions itself
            lock_timeout = LOCK_TIMEOUT if migration.atomic else "0"
            self.database.set_limits(statement_timeout="0", lock_timeout=lock_timeout)
        super().migration_progress_callback(action, migration, fake)
