"""The limits of time that the server itself keeps, in words that every pooler lets through.

PgBouncer refuses them at connecting (`options`), so they are set by SQL. Where a pooler hands server connections
round, a session is nobody's: there whatever begins a transaction brings the limits along, in the same message.
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
"""What may be sent with others in one message outside of a transaction; CREATE INDEX CONCURRENTLY, for one, may not."""


class LimitedCursor(DjangosCursor):
    """Tells the limits to the transaction that it begins, where the session does not keep them."""

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


def settle(connection: PatientConnection, limits: Limits) -> None:
    """Set the limits for the session if it is ours, or have the cursors bring them along if a pooler is in between.

    A pooler makes the number up by which a client may cancel its query: it is not that of the server's process.
    """
    ours = sql.SQL(" WHERE pg_backend_pid() = {}").format(connection.info.backend_pid)
    found = connection.execute(_setting(limits, local=False) + ours).fetchone()
    if not found:
        connection.limits_first = _setting(limits, local=True).as_string(connection) + "; "
        connection.cursor_factory = LimitedCursor


def _setting(limits: Limits, *, local: bool) -> sql.Composed:
    each = [sql.SQL("set_config({}, {}, {})").format(name, value, local) for name, value in limits.items()]
    return sql.SQL("SELECT ") + sql.SQL(", ").join(each)
