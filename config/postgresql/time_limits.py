"""Sets the time limits that the server itself enforces, in a way that every pooler allows.

PgBouncer refuses them as connection options, so they are set by SQL. Where a pooler shares server connections, a
session is not ours: there the first statement of each transaction brings the limits along, in the same message.
"""

import re
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

from config.postgresql.patience import PatientConnection

if TYPE_CHECKING:
    from psycopg import ClientCursor as DjangosCursor
else:
    DjangosCursor = base.Cursor

Limits = dict[str, str]
IN_A_TRANSACTION = re.compile(r"\s*\(?(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)
"""Statements that may follow another one in a message. CREATE INDEX CONCURRENTLY, for one, must be alone."""


class LimitedCursor(DjangosCursor):
    """Sets the limits in each transaction that it begins; only used where the session does not keep them."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        first = self._limits_first(query)
        super().execute(first + query if first else query, params, **options)
        if first:
            self.nextset()
        return self

    def _limits_first(self, query: Any) -> str:
        connection: Any = self.connection
        if not connection.limits_first or not isinstance(query, str):
            return ""
        begins = connection.info.transaction_status == TransactionStatus.IDLE
        sent_alone = connection.autocommit and not IN_A_TRANSACTION.match(query)
        return connection.limits_first if begins and not sent_alone else ""


def apply_limits(connection: PatientConnection, limits: Limits) -> None:
    """Set the limits for the session, or have each transaction set them if a pooler is in between.

    A pooler shows: the process number that it gave its client, for cancelling, is not the one of the server process.
    """
    if_server_process_is_ours = sql.SQL(" WHERE pg_backend_pid() = {}").format(connection.info.backend_pid)
    session_is_ours = connection.execute(_setting(limits, local=False) + if_server_process_is_ours).fetchone()
    if not session_is_ours:
        connection.limits_first = _setting(limits, local=True).as_string(connection) + "; "
        connection.cursor_factory = LimitedCursor


def _setting(limits: Limits, *, local: bool) -> sql.Composed:
    calls = [sql.SQL("set_config({}, {}, {})").format(name, value, local) for name, value in limits.items()]
    return sql.SQL("SELECT ") + sql.SQL(", ").join(calls)
