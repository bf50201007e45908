"""PostgreSQL whose pooled connections are looked at before use; to ask each costs every request a round trip."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Take a living connection; raises psycopg_pool.PoolTimeout, an OperationalError, where there is none."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not _lives(connection):
            connection.close()
            self.pool.putconn(connection)  # the pool puts a new one in its place
            connection = super().get_new_connection(conn_params)
        return connection

    def binding_cursor(self) -> Any:
        """A cursor whose parameters the server binds, and whose plans it keeps.

        Not for every query, as Django's setting for it would have it: pghistory puts a statement before another.
        """
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(base.ServerBindingCursor(self.connection))  # type: ignore[attr-defined, call-arg]


def _lives(connection: Connection) -> bool:
    """Whether nothing but silence came meanwhile: a server that leaves says so, then hangs up; each is one read."""
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except OperationalError:
        return False
    return True
