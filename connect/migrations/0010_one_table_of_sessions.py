from typing import Any

from django.db import migrations, transaction

from connect.sessions.models import name_owners

AT_ONCE = 5_000
COPY = """
WITH batch AS (
    SELECT session_key, session_data, expire_date FROM django_session
    WHERE session_key > %s ORDER BY session_key LIMIT %s
), copied AS (
    INSERT INTO connect_session (session_key, session_data, expire_date) SELECT * FROM batch ON CONFLICT DO NOTHING
)
SELECT max(session_key) FROM batch
"""
ONE_TABLE = """
SET LOCAL statement_timeout = 0;
LOCK django_session IN ACCESS EXCLUSIVE MODE;
DELETE FROM connect_session AS new
WHERE NOT EXISTS (SELECT FROM django_session AS old WHERE old.session_key = new.session_key);
INSERT INTO connect_session (session_key, session_data, expire_date)
SELECT session_key, old.session_data, old.expire_date
FROM django_session AS old LEFT JOIN connect_session AS new USING (session_key)
WHERE (old.session_data, old.expire_date) IS DISTINCT FROM (new.session_data, new.expire_date)
ON CONFLICT (session_key) DO UPDATE
SET session_data = excluded.session_data, expire_date = excluded.expire_date, user_id = NULL;
DROP TABLE django_session;
CREATE VIEW django_session AS SELECT session_key, session_data, expire_date FROM connect_session
"""
TWO_TABLES = """
DROP VIEW django_session;
CREATE TABLE django_session AS SELECT session_key, session_data, expire_date FROM connect_session;
ALTER TABLE django_session ADD PRIMARY KEY (session_key);
CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date)
"""


def be_one(apps: Any, schema_editor: Any) -> None:
    copy_ahead(schema_editor.connection)
    with transaction.atomic():
        schema_editor.execute(ONE_TABLE)
    name_owners(apps.get_model("connect", "Session"))


def copy_ahead(connection: Any) -> None:
    """Copy while everybody goes on: under the lock is left only what they change meanwhile."""
    last: str | None = ""
    with connection.cursor() as cursor:
        while last is not None:
            cursor.execute(COPY, [last, AT_ONCE])
            (last,) = cursor.fetchone()
        cursor.execute("ANALYZE connect_session")


def be_two(apps: Any, schema_editor: Any) -> None:
    with transaction.atomic():
        schema_editor.execute(TWO_TABLES)


class Migration(migrations.Migration):
    """Old processes and new ones know the same sessions: what was Django's table is a view, which takes what they write."""

    atomic = False

    dependencies = [
        ("connect", "0009_sessions_moved"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(be_one, be_two)]
