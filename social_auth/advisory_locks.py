from django.db import connection


def lock_identity(kind: str, uid: str) -> None:
    """Serialise everybody who proves the same account or page, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"identity:{kind}:{uid}"])


def try_lock(name: str) -> bool:
    """Take a lock to the end of the transaction; False, without waiting, if somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
