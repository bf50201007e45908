"""Locks of PostgreSQL on names instead of rows: for what may have no row yet."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

ASKED_AGAIN = 0.5
"""Seconds between two tries for the lock of a whole process."""

SUSPENSIONS = "hashtextextended('suspensions', 0)"


def lock_identity(kind: str, uid: str) -> None:
    """Serialise everybody who proves the same account or page, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"identity:{kind}:{uid}"])


def lock_claims(kind: str, names: Iterable[str]) -> None:
    """Serialise everybody who claims an account under one of these names, to the end of the transaction.

    Nobody is suspended meanwhile. To be taken after the creator's lock and before any other row: who suspends waits for
    this, and then for rows.
    """
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name"
    with connection.cursor() as cursor:
        in_order = sorted({f"claim:{kind}:{name}" for name in names})  # so that no two wait for each other
        held_off = f"SELECT pg_advisory_xact_lock_shared({SUSPENSIONS})"
        cursor.execute(f"{held_off} UNION ALL {lock}", [in_order])


def lock_suspensions() -> None:
    """Wait for all who claim anything or prove an account, and keep them waiting to the end of the transaction.

    To be taken before any row, as they have rows when they are waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({SUSPENSIONS})")


def try_lock(name: str) -> bool:
    """Take a lock to the end of the transaction; False, without waiting, if somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


@contextmanager
def alone(name: str, database: Any) -> Iterator[None]:
    """Let no two processes be inside of the block, which makes transactions of its own and may take hours.

    The lock belongs to a transaction of another connection, as a pooler gives nobody a session. Whoever has to wait
    asks again and again: a statement that waits would hold up an index that is built concurrently, for ever.
    """
    holder = database.copy()
    holder.settings_dict["OPTIONS"].pop("pool")  # which may have one connection only
    holder.set_autocommit(False)
    try:
        while not _try_lock_for_long(holder, name):
            holder.rollback()
            time.sleep(ASKED_AGAIN)
        yield
    finally:
        holder.close()


def _try_lock_for_long(holder: Any, name: str) -> bool:
    unlimited = "set_config('idle_in_transaction_session_timeout', '0', true)"
    with holder.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)), {unlimited}", [name])
        return bool(cursor.fetchone()[0])
