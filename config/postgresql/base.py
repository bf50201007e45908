"""Django's PostgreSQL backend with checked pool connections, limited waits, and prepared statements for hot queries."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import NotSupportedError
from django.db.backends.postgresql import base
from django.utils.functional import cached_property
from psycopg import Connection, IsolationLevel, OperationalError
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from config.postgresql.patience import PatientConnection, note_timeout, seconds_for_a_connection
from config.postgresql.read_only import ReadOnlyErrorWrapper, leave_server
from config.postgresql.time_limits import Limits, apply_limits

PREPARED_AFTER = 5
"""Executions of a query on one connection before its plan is kept; psycopg's own default."""


class DatabaseWrapper(base.DatabaseWrapper):
    @cached_property
    def wrap_database_errors(self) -> ReadOnlyErrorWrapper:
        return ReadOnlyErrorWrapper(self)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params.pop("limits", None)
        return params

    def _configure_connection(self, connection: PatientConnection) -> bool:
        apply_limits(connection, self.settings_dict["OPTIONS"]["limits"])
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def create_cursor(self, name: str | None = None) -> Any:
        """Through a pooler, fetch all rows at once: a server-side cursor needs a session, and we have none there."""
        return super().create_cursor(None if self.connection.pooled else name)

    @contextmanager
    def without_statement_timeout(self) -> Iterator[None]:
        """Let statements of this thread take as long as they need; the limits on waiting for locks stay."""
        self.set_limits(statement_timeout="0")
        try:
            yield
        finally:
            self._restore_limits(self.settings_dict["OPTIONS"]["limits"])

    def set_limits(self, **limits: str) -> None:
        """Let these limits take the place of the settings' on this connection, for as long as it is ours."""
        self.ensure_connection()
        apply_limits(self.connection, self.settings_dict["OPTIONS"]["limits"] | limits)

    def _restore_limits(self, limits: Limits) -> None:
        if self.connection is None:
            return
        if self.connection.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            apply_limits(self.connection, limits)
        else:
            self.connection.close()  # the next user of this connection would have no limits

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Take a living connection from the pool; raises psycopg_pool.PoolTimeout (an OperationalError) without one."""
        self.isolation_level = IsolationLevel.READ_COMMITTED  # PostgreSQL's default, which all our locking assumes
        if not self.pool:
            return PatientConnection.connect(**conn_params)
        self.pool.open()
        while not _is_alive(connection := self._from_pool()):
            connection.close()
            self.pool.putconn(connection)  # the pool puts a new one in its place
        return connection

    def reads_only(self) -> bool:
        """Whether the server refuses to write. Then leave it: where nobody writes, nothing else would notice."""
        with self.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')::boolean")
            read_only = bool(cursor.fetchone()[0])
        if read_only:
            leave_server(self)
        return read_only

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

    def prepared(self, sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute a query whose plan the server keeps, with parameters bound by the server; return its rows.

        Django's setting for server-side binding does it for every query, which fails where pghistory puts two
        statements into one. Query logs show None as the SQL of a prepared query. Through a pooler nothing is prepared:
        another client would be given the connection that has the plan.
        """
        self.ensure_connection()
        if self.connection.pooled:
            with self.cursor() as cursor:
                cursor.execute(sql, params)
                return list(cursor.fetchall())
        try:
            return self._execute_prepared(sql, params)
        except NotSupportedError:  # a migration has changed a column, and the kept plan does not fit any more
            if self.in_atomic_block:
                raise
            self.connection.close()  # the pool discards a closed connection
            self.close()
            return self._execute_prepared(sql, params)

    def _execute_prepared(self, sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        self.ensure_connection()
        with self._prepare_cursor(base.ServerBindingCursor(self.connection)) as cursor:  # type: ignore[attr-defined, call-arg]
            self.connection.prepare_threshold = PREPARED_AFTER
            try:
                cursor.execute(sql, params)
            finally:
                self.connection.prepare_threshold = None  # otherwise psycopg counts and keeps the text of every query
            return list(cursor.fetchall())


def _is_alive(connection: Connection) -> bool:
    """Whether the server still has this connection open. Two reads that never wait: its farewell, and the end of file.

    A server that has said farewell and not closed yet passes for alive; the request that uses it is answered with 503.
    """
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except OperationalError:
        return False
    return True
