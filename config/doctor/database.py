"""Checks PostgreSQL: that it answers, is new enough and migrated, knows our keys, and agrees with this host's clock."""

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.findings import ERROR, OK, WARNING, Finding
from config.postgresql.absence import cause_of, place, why_away
from connect.identity.erased import check_identity_keys
from connect.models import User
from connect.secret_keys.keyring import WrongKey
from social_auth.credentials.key_checks import check_keys

OLDEST_VERSION = 14
SKEW_TO_WARN, SKEW_TO_FAIL = 2.0, 30.0
"""Seconds by which clocks may differ. From the second on, our own tokens are refused."""


def look() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000, clock_timestamp()")
            version, now = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        yield Finding(ERROR, "database", f"{place()} does not answer: {why_away() or cause_of(error)}")
        return
    level, hint = (OK, "") if version >= OLDEST_VERSION else (ERROR, f": {OLDEST_VERSION} or newer is needed")
    yield Finding(level, "database", f"PostgreSQL {version} at {place()}{hint}")
    yield clock("database's clock", (now - timezone.now()).total_seconds())
    yield from _contents()


def _contents() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    unapplied = [
        f"{migration.app_label}.{migration.name}"
        for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())
    ]
    if unapplied:
        names = f"{unapplied[0]} and {len(unapplied) - 1} more" if len(unapplied) > 1 else unapplied[0]
        yield Finding(ERROR, "migrations", f"{names} not applied: run manage.py migrate")
        return
    yield Finding(OK, "migrations", "all applied")
    yield _keys()
    staff = User.objects.filter(is_staff=True, is_active=True).count()
    yield (
        Finding(OK, "staff", f"{staff} may sign in")
        if staff
        else Finding(WARNING, "staff", "nobody may sign in: run manage.py createsuperuser")
    )


def _keys() -> Finding:
    try:
        with transaction.atomic():
            check_keys()
            check_identity_keys()
            transaction.set_rollback(True)  # the checks register new keys, and the doctor must change nothing
    except WrongKey as error:
        return Finding(ERROR, "keys of the database", str(error))
    return Finding(OK, "keys of the database", "known to this process")


def clock(about: str, ahead: float) -> Finding:
    level = OK if abs(ahead) < SKEW_TO_WARN else WARNING if abs(ahead) < SKEW_TO_FAIL else ERROR
    difference = f"is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this host's"
    return Finding(level, about, difference if level != OK else "agrees with this host's")
