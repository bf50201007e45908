"""PostgreSQL whose pooled connections are looked at before use; to ask each costs every request a round trip."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Take a living connection; raises psycopg_pool.PoolTimeout, an OperationalError, where there is none."""
        while True:
            connection = super().get_new_connection(conn_params)
            if not self.pool or not _said_something(connection) or _answers(connection):
                return connection
            self.pool.putconn(connection)  # it is closed by now: the pool puts a new one in its place


def _said_something(connection: Connection) -> bool:
    """A server has nothing to say to an idle client but goodbye, or that a setting changed."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: Connection) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True
