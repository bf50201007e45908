"""Finds out by trying how a pooler such as PgBouncer shares server connections: it does not tell its clients."""

from typing import TYPE_CHECKING

from django.db import OperationalError, transaction

from config.postgresql.patience import PatientConnection

if TYPE_CHECKING:
    from config.postgresql.base import DatabaseWrapper

TRIES = 3
_mode: list[str] = []
PID = "SELECT pg_backend_pid()"


class StatementPooling(OperationalError):
    """The pooler gives out server connections by the statement, under which transactions are impossible."""


def pooling_mode(database: "DatabaseWrapper") -> str:
    """Return `direct`, `session` or `transaction`; raises StatementPooling.

    Session or transaction is found out once in a process: it is reported only, and changes nothing that we do.
    """
    database.ensure_connection()
    if not database.connection.pooled:
        return "direct"
    _begin_and_end(database)
    if not _mode:
        _mode.append(_session_or_transaction(database))
    return _mode[0]


def _session_or_transaction(database: "DatabaseWrapper") -> str:
    params = database.get_connection_params() | {"autocommit": True}
    with PatientConnection.connect(**params) as first, PatientConnection.connect(**params) as second:
        return "transaction" if any(_share(first, second) for _ in range(TRIES)) else "session"


def _begin_and_end(database: "DatabaseWrapper") -> None:
    try:
        with transaction.atomic(database.alias), database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError as error:
        if "statement pooling" in str(error):
            raise StatementPooling("The pooler gives a connection for one statement: pool by transaction") from error
        raise


def _share(first: PatientConnection, second: PatientConnection) -> bool:
    """Whether two open clients used the same server connection, or the first used two."""
    server_process = first.execute(PID).fetchone()
    with second.transaction():
        return server_process == second.execute(PID).fetchone() or server_process != first.execute(PID).fetchone()
