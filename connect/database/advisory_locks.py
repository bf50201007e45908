"""PostgreSQL's advisory locks: they lock a name, for what may have no row yet."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

SECONDS_BETWEEN_TRIES = 0.5
"""Between two tries of `exclusive_lock`."""

SUSPENSIONS = "hashtextextended('suspensions', 0)"


def identity_lock(kind: str, uid: str) -> str:
    """The name of the lock of whoever proves an account or page."""
    return f"identity:{kind}:{uid}"


def claim_locks(kind: str, names: Iterable[str]) -> list[str]:
    """The names of the locks of whoever claims an account, in the one order in which no two wait for each other."""
    return sorted({f"claim:{kind}:{name}" for name in names})


def lock_identity(kind: str, uid: str) -> None:
    """Let one transaction at a time prove this account or page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [identity_lock(kind, uid)])


def lock_claims(kind: str, names: Iterable[str]) -> None:
    """Let one transaction at a time claim an account under one of these names, and let none suspend meanwhile.

    Take it after the creator's lock and before any other row: a suspension waits for this lock first and for rows
    after, so the other order would deadlock.
    """
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name"
    with connection.cursor() as cursor:
        held_off = f"SELECT pg_advisory_xact_lock_shared({SUSPENSIONS})"
        cursor.execute(f"{held_off} UNION ALL {lock}", [claim_locks(kind, names)])


def lock_suspensions() -> None:
    """Wait for every transaction that claims or proves an account, and keep new ones waiting until this one ends.

    Take it before any row: those transactions hold rows while they are waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({SUSPENSIONS})")


def try_lock(name: str) -> bool:
    """Take a lock to the end of the transaction; False, without waiting, if somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


@contextmanager
def exclusive_lock(name: str, database: Any) -> Iterator[None]:
    """Let one process at a time into the block, which may make transactions and take hours.

    A transaction on a connection of its own holds the lock, as there are no sessions behind a pooler. A process that
    has to wait polls: a statement that waits for the lock would keep an index from being built concurrently for ever.
    """
    holder = database.copy()
    holder.settings_dict["OPTIONS"].pop("pool")  # the pool may have a single connection
    holder.set_autocommit(False)
    try:
        while not _try_lock_for_long(holder, name):
            holder.rollback()
            time.sleep(SECONDS_BETWEEN_TRIES)
        yield
    finally:
        holder.close()


def _try_lock_for_long(holder: Any, name: str) -> bool:
    unlimited = "set_config('idle_in_transaction_session_timeout', '0', true)"
    with holder.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)), {unlimited}", [name])
        return bool(cursor.fetchone()[0])
