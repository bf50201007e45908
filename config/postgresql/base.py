"""PostgreSQL whose pooled connections are looked at before use; to ask each costs every request a round trip."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Take a living connection; raises psycopg_pool.PoolTimeout, an OperationalError, where there is none."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not _lives(connection):
            connection.close()
            self.pool.putconn(connection)  # the pool puts a new one in its place
            connection = super().get_new_connection(conn_params)
        return connection


def _lives(connection: Connection) -> bool:
    return not connection.closed and (not _said_something(connection) or _answers(connection))


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
