from typing import Any

from django.db import migrations, transaction

from connect.sessions.models import name_owners

ONE_TABLE = """
SET LOCAL statement_timeout = 0;
LOCK django_session IN ACCESS EXCLUSIVE MODE;
INSERT INTO connect_session (session_key, session_data, expire_date)
SELECT session_key, session_data, expire_date FROM django_session ON CONFLICT DO NOTHING;
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
    with transaction.atomic():
        schema_editor.execute(ONE_TABLE)
    name_owners(apps.get_model("connect", "Session"))


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
