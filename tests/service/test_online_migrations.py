"""Every migration after the first release can run while the version before serves."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

SQUAWK = Path(sys.executable).with_name("squawk")
SET_BY_MIGRATE = "require-lock-timeout,require-statement-timeout,prefer-robust-stmts"
"""`manage.py migrate` limits the waiting for tables, and drops an index that was left half built."""
NO_HARM = "prefer-bigint-over-int,prefer-bigint-over-smallint,prefer-identity,prefer-text-field,prefer-timestamptz"
"""Matters of taste, or of Django's own types."""


def linted(sql: str, folder: Path) -> str:
    """What squawk says of these statements; nothing if they keep no call waiting."""
    file = folder / "migration.sql"
    file.write_text(sql)
    options = ["--pg-version", "14", "--exclude", f"{SET_BY_MIGRATE},{NO_HARM}", "--no-error-on-unmatched-pattern"]
    done = subprocess.run([SQUAWK, *options, file], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def after_the_first_release() -> list[tuple[str, str]]:
    ours = {config.label for config in apps.get_app_configs() if "site-packages" not in config.path}
    known = MigrationLoader(None).disk_migrations
    return sorted((app, name) for app, name in known if app in ours and not name.startswith("0001_"))


@pytest.mark.parametrize("migration", after_the_first_release(), ids=".".join)
def test_it_keeps_nobody_waiting(migration, tmp_path, django_db_setup, django_db_blocker):
    out = StringIO()
    with django_db_blocker.unblock():  # outside of a test's transaction, in which no index is built concurrently
        call_command("sqlmigrate", *migration, stdout=out)
    assert linted(out.getvalue(), tmp_path) == ""


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX slow ON networks_socialnetwork (name);",
        "ALTER TABLE networks_socialnetwork ADD COLUMN x integer NOT NULL;",
        "ALTER TABLE networks_socialnetwork ALTER COLUMN name SET NOT NULL;",
        "ALTER TABLE networks_socialnetwork ADD CONSTRAINT x CHECK (followers > 0);",
        "ALTER TABLE networks_socialnetwork DROP COLUMN name;",
        "ALTER TABLE networks_socialnetwork RENAME COLUMN name TO title;",
    ],
)
def test_what_would_is_found(sql, tmp_path):
    assert "migration.sql" in linted(sql, tmp_path)
