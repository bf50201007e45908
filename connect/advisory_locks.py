"""Locks of PostgreSQL on names instead of rows: for what may have no row yet."""

from collections.abc import Iterable

from django.db import connection


def lock_identity(kind: str, uid: str) -> None:
    """Serialise everybody who proves the same account or page, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"identity:{kind}:{uid}"])


def lock_claims(kind: str, names: Iterable[str]) -> None:
    """Serialise everybody who claims an account under one of these names, to the end of the transaction."""
    with connection.cursor() as cursor:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name"
        cursor.execute(lock, [sorted({f"claim:{kind}:{name}" for name in names})])  # sorted: no two wait for each other


def try_lock(name: str) -> bool:
    """Take a lock to the end of the transaction; False, without waiting, if somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
