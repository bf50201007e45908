"""How the connections of this process are pooled, if they are: nobody else tells, so it is found out by trying."""

from typing import TYPE_CHECKING

from django.db import OperationalError, transaction

from config.postgresql.patience import PatientConnection

if TYPE_CHECKING:
    from config.postgresql.base import DatabaseWrapper

TRIES = 3
_found: list[str] = []
PID = "SELECT pg_backend_pid()"


class NoTransactions(OperationalError):
    """A pooler hands server connections round by the statement: nothing that this service does is right under it."""


def how_pooled(database: "DatabaseWrapper") -> str:
    """Return `direct`, `session` or `transaction`; raises NoTransactions.

    What the first look at the two found stays for the life of a process, as nothing here depends on it.
    """
    database.ensure_connection()
    if not database.connection.pooled:
        return "direct"
    _begin_and_end(database)
    if not _found:
        _found.append(_by_what(database))
    return _found[0]


def _by_what(database: "DatabaseWrapper") -> str:
    params = database.get_connection_params() | {"autocommit": True}
    with PatientConnection.connect(**params) as one, PatientConnection.connect(**params) as other:
        return "transaction" if any(_share(one, other) for _ in range(TRIES)) else "session"


def _begin_and_end(database: "DatabaseWrapper") -> None:
    try:
        with transaction.atomic(database.alias), database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError as error:
        if "statement pooling" in str(error):
            raise NoTransactions("The pooler gives a connection for one statement: pool by transaction") from error
        raise


def _share(one: PatientConnection, other: PatientConnection) -> bool:
    """Whether two clients that are both there had the same server connection, or one of them had two."""
    first = one.execute(PID).fetchone()
    with other.transaction():
        return first == other.execute(PID).fetchone() or first != one.execute(PID).fetchone()
