"""Locks of PostgreSQL on names instead of rows: for what may have no row yet."""

from collections.abc import Iterable

from django.db import connection

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
