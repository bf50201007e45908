from django.db import connection


def lock_identity(kind: str, uid: str) -> None:
    """Serialise everybody who proves the same account or page, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"identity:{kind}:{uid}"])
