"""Every container may start with `migrate`: they take turns. And no process starts on a PostgreSQL that is too old."""

import os
import subprocess
import sys
from threading import Event, Thread

import pytest

from config.environment import BASE_DIR
from connect.database import advisory_locks
from connect.database.advisory_locks import exclusive_lock
from tests.support.own_postgres import SYSTEMS, connected, own_postgres

MIGRATE = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]


@pytest.fixture(scope="module")
def postgres():
    with own_postgres() as server:
        yield server


@pytest.fixture
def database(postgres, django_db_blocker):
    with django_db_blocker.unblock(), connected(postgres) as own:
        yield own


def run(command, url):
    return subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "DATABASE_POOL_SIZE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("programs", [None, *SYSTEMS], ids=lambda folder: folder.parent.name if folder else "embedded")
def test_two_at_once_on_an_empty_database(programs):
    with own_postgres(programs=programs) as server:
        both = [run(MIGRATE, server.url) for _ in range(2)]
        told = [one.communicate()[0] for one in both]
        assert [one.returncode for one in both] == [0, 0], told
        checked = run([*MIGRATE, "--check"], server.url)
        assert checked.wait() == 0


def test_who_waits_does_so_until_the_other_is_done(database, postgres, monkeypatch):
    asked, order = Event(), []
    monkeypatch.setattr(advisory_locks.time, "sleep", lambda _: asked.set() or Event().wait(0.01))

    def other():
        with connected(postgres, alias="again") as again, exclusive_lock("a test", again):
            order.append("other")

    thread = Thread(target=other)
    with exclusive_lock("a test", database):
        thread.start()
        assert asked.wait(10)
        with database.cursor() as cursor:  # which waits for whoever has a snapshot
            cursor.execute("CREATE TABLE plain (id bigint)")
            cursor.execute("CREATE INDEX CONCURRENTLY ON plain (id)")
        order.append("first")
    thread.join(10)
    assert order == ["first", "other"]


def test_it_is_held_for_as_long_as_it_takes(database, monkeypatch):
    monkeypatch.setitem(database.settings_dict["OPTIONS"]["limits"], "idle_in_transaction_session_timeout", "200ms")
    with exclusive_lock("a test", database), database.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.5)")
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone()[0] == 1


@pytest.mark.slow
class TestBesideTheVersionBefore:
    @pytest.fixture(autouse=True)
    def migrated(self, postgres):
        assert run(MIGRATE, postgres.url).wait() == 0

    def test_a_table_in_use_is_waited_for_by_short_tries(self, postgres, database):
        assert run([*MIGRATE, "channels", "0002"], postgres.url).wait() == 0
        database.set_autocommit(False)
        with database.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM channels_socialchannel")  # as a long report would
        migrating = run([*MIGRATE, "channels", "0001"], postgres.url)
        line = migrating.stdout.readline()
        database.rollback()
        assert line == "A table is in use for longer than 500ms; tried again in a second.\n"
        assert migrating.wait() == 0
        with database.cursor() as cursor:
            cursor.execute("SELECT max(name) FROM django_migrations WHERE app = 'channels'")
            assert cursor.fetchone()[0] == "0001_initial"

    def test_an_index_that_was_left_half_built_is_dropped(self, postgres, database):
        with database.cursor() as cursor:
            cursor.execute("CREATE INDEX half_built ON channels_socialchannel (name)")
            cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half_built'::regclass")
            assert run(MIGRATE, postgres.url).wait() == 0
            cursor.execute("SELECT to_regclass('half_built'), to_regclass('channels_socialchannel_pkey')")
            half_built, whole = cursor.fetchone()
        assert (half_built, whole) == (None, "channels_socialchannel_pkey")


OLD = """
from django.db.backends.postgresql.features import DatabaseFeatures
DatabaseFeatures.minimum_database_version = (99,)
"""
PROCESSES = {
    "web": "import config.wsgi",
    "worker": "import config.celery, django; django.setup(); config.celery.check_token_keys()",
}


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_starts_on_an_old_server(postgres, process):
    started = run([sys.executable, "-c", OLD + PROCESSES[process]], postgres.url)
    said = started.communicate()[0]
    assert started.returncode == 1
    assert said.splitlines()[-1].startswith("DATABASE_URL: PostgreSQL 99 or later is required (found 18")
