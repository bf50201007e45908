"""PostgreSQL whose pooled connections are looked at before use, and which keeps plans of what is asked all the time."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import NotSupportedError
from django.db.backends.postgresql import base
from django.utils.functional import cached_property
from psycopg import Connection, IsolationLevel, OperationalError
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from config.postgresql.patience import PatientConnection, note_timeout, seconds_for_a_connection
from config.postgresql.read_only import LeavesReadOnly, leave
from config.postgresql.time_limits import Limits, settle

PREPARED_AFTER = 5
"""So often a connection is asked the same before its plan is kept, as psycopg has it."""


class DatabaseWrapper(base.DatabaseWrapper):
    @cached_property
    def wrap_database_errors(self) -> LeavesReadOnly:
        return LeavesReadOnly(self)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params.pop("limits", None)
        return params

    def _configure_connection(self, connection: PatientConnection) -> bool:
        settle(connection, self.settings_dict["OPTIONS"]["limits"])
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor on the server lives in a session: through a pooler the rows are fetched at once."""
        return super().create_cursor(None if self.connection.pooled else name)

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let statements of this thread take as long as they need; locks are waited for no longer than ever."""
        limits = self.settings_dict["OPTIONS"]["limits"]
        self.ensure_connection()
        settle(self.connection, limits | {"statement_timeout": "0"})
        try:
            yield
        finally:
            self._settle_again(limits)

    def _settle_again(self, limits: Limits) -> None:
        if self.connection is None:
            return
        if self.connection.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            settle(self.connection, limits)
        else:
            self.connection.close()  # nobody else should be given it without them

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Take a living connection; raises psycopg_pool.PoolTimeout, an OperationalError, where there is none."""
        self.isolation_level = IsolationLevel.READ_COMMITTED  # PostgreSQL's own, for which this service is written
        if not self.pool:
            return PatientConnection.connect(**conn_params)
        self.pool.open()
        while not _lives(connection := self._from_pool()):
            connection.close()
            self.pool.putconn(connection)  # the pool puts a new one in its place
        return connection

    def reads_only(self) -> bool:
        """Whether the server refuses to write; then it is left, as nobody who writes is sent here to find out."""
        with self.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')::boolean")
            found = bool(cursor.fetchone()[0])
        if found:
            leave(self)
        return found

    def _from_pool(self) -> Connection:
        began, usual = time.monotonic(), self.pool.timeout
        limit = seconds_for_a_connection(usual)
        try:
            return self.pool.getconn(limit)
        except PoolTimeout:
            if limit == usual:
                note_timeout(began)
            raise

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit != autocommit:  # else psycopg takes its locks and looks for a transaction
            super()._set_autocommit(autocommit)  # type: ignore[misc]

    def prepared(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a query whose parameters the server binds, and whose plan it keeps.

        Not for every query, as Django's setting for it would have it: pghistory puts a statement before another.
        Where queries are logged, psycopg tells no text of one that is planned: its SQL is None there.
        Through a pooler nothing is kept, as it would be kept on a connection that others are given.
        """
        self.ensure_connection()
        if self.connection.pooled:
            with self.cursor() as cursor:
                cursor.execute(sql, params)
                return list(cursor.fetchall())
        try:
            return self._ask(sql, params)
        except NotSupportedError:  # a migration changed a column meanwhile: the plan is of no use any more
            if self.in_atomic_block:
                raise
            self.connection.close()  # so that the pool throws it away
            self.close()
            return self._ask(sql, params)

    def _ask(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        self.ensure_connection()
        with self._prepare_cursor(base.ServerBindingCursor(self.connection)) as cursor:  # type: ignore[attr-defined, call-arg]
            self.connection.prepare_threshold = PREPARED_AFTER
            try:
                cursor.execute(sql, params)
            finally:
                self.connection.prepare_threshold = None  # else psycopg counts, and keeps, the text of every query
            return list(cursor.fetchall())


def _lives(connection: Connection) -> bool:
    """Whether the server has not hung up: it says goodbye first, and each is one read, which never waits.

    One that has said goodbye and not hung up yet passes for alive; what is asked of it then is answered with 503.
    """
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except OperationalError:
        return False
    return True
