"""A PostgreSQL that is stopped or frozen holds nobody up for long, and is used again within seconds when it is back."""

import os
import signal
import time
from threading import Event

import pytest
from django.db import OperationalError, close_old_connections, connection

from config import health
from config.postgresql import patience
from config.postgresql.patience import PatientConnection, give_up_after, within
from tests.support.own_postgres import connected, own_postgres


def seconds(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


def is_refused(database, *, of_seconds):
    with within(of_seconds), pytest.raises(OperationalError):
        ask(database)
    database.close()


def ask(database):
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def postgres():
    with own_postgres() as server:
        yield server


@pytest.fixture
def database(postgres, django_db_blocker):
    with django_db_blocker.unblock(), connected(postgres) as own:
        yield own


@pytest.fixture
def _silent_database(transactional_db, silent, monkeypatch):
    """The service's own connection leads to a server that says nothing."""
    connection.close()
    connection.close_pool()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(silent.port))
    yield
    connection.close()
    silent.close()  # so that the pool's attempt ends
    connection.close_pool()


class TestNobodyThere:
    @pytest.fixture(autouse=True)
    def _forgotten(self):
        yield
        patience._process["away until"] = 0.0

    def test_who_comes_later_is_told_at_once(self, database, monkeypatch):
        monkeypatch.setitem(database.settings_dict, "HOST", "/tmp/nobody-listens-here")
        is_refused(database, of_seconds=0.3)
        patience.note_away()  # as the pool does when it gives up, which the next test waits for
        assert seconds(lambda: [is_refused(database, of_seconds=60.0) for _ in range(3)]) < 3

    def test_the_pool_says_when_it_could_not_connect(self, database, monkeypatch):
        monkeypatch.setitem(database.settings_dict, "HOST", "/tmp/nobody-listens-here")
        monkeypatch.setattr(patience, "AWAY_SECONDS", 60.0)
        is_refused(database, of_seconds=4.0)
        assert patience.seconds_for_a_connection(5.0) == patience.SECONDS_WHILE_AWAY

    def test_who_waited_in_vain_tells_the_others(self, database, monkeypatch):
        monkeypatch.setitem(database.settings_dict, "HOST", "/tmp/nobody-listens-here")
        database.pool.timeout = 0.3
        is_refused(database, of_seconds=60.0)
        assert patience.seconds_for_a_connection(5.0) == patience.SECONDS_WHILE_AWAY

    def test_too_few_connections_are_no_silence(self, database):
        ask(database)
        before = patience.seconds_for_a_connection(5.0)
        patience.note_timeout(began=0.0)
        assert before == patience.seconds_for_a_connection(5.0) == 5.0

    def test_an_answer_ends_it(self, database):
        ask(database)
        database.close()
        patience.note_away()
        with within(5.0):
            ask(database)
        assert patience.seconds_for_a_connection(5.0) == 5.0


class TestFrozen:
    @pytest.fixture(autouse=True)
    def _thawed(self, postgres, database):
        yield
        postgres.thaw()

    def test_who_may_not_wait_long_does_not(self, postgres, database):
        ask(database)
        postgres.freeze()
        assert seconds(lambda: is_refused(database, of_seconds=0.3)) < 1

    def test_nobody_waits_for_ever(self, postgres, database):
        ask(database)
        postgres.freeze()
        give_up_after(0.3)
        try:
            assert seconds(lambda: is_refused(database, of_seconds=60.0)) < 1
        finally:
            give_up_after(float("inf"))

    def test_an_answer_that_comes_late_is_nobodys(self, postgres, database):
        first = ask(database)
        postgres.freeze()
        is_refused(database, of_seconds=0.2)
        postgres.thaw()
        assert ask(database) != first

    def test_what_is_in_time_is_answered(self, database):
        with within(5.0):
            assert ask(database)


class TestStopped:
    def test_it_is_used_again_within_seconds(self, postgres, database):
        ask(database)
        postgres.stop()
        database.close()
        for _ in range(3):  # as requests do that come meanwhile
            is_refused(database, of_seconds=1.0)
        postgres.start()
        never, began = Event(), time.monotonic()
        while True:
            try:
                with within(1.0):
                    ask(database)
                break
            except OperationalError:
                database.close()
                never.wait(0.01)
        assert time.monotonic() - began < 2.5


@pytest.mark.django_db(transaction=True)
class TestReadiness:
    @pytest.fixture(autouse=True)
    def _little_patience(self, monkeypatch):
        monkeypatch.setattr(health, "DATABASE_SECONDS", 0.3)

    def test_a_frozen_connection(self, client):
        connection.close()
        connection.close_pool()
        pid = ask(connection)
        connection.close()
        os.kill(pid, signal.SIGSTOP)
        try:
            answers = []
            assert seconds(lambda: answers.append(client.get("/health/ready"))) < 2
            assert answers[0].status_code == 503
            assert answers[0].json()["database"] == "failed: OperationalError"
        finally:
            os.kill(pid, signal.SIGCONT)
        close_old_connections()  # as after every request
        assert client.get("/health/ready").status_code == 200


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_silent_database")
@pytest.mark.parametrize(("path", "most"), [("/health/ready", 2), ("/health/", 3)])
def test_probes_are_answered_in_time_when_everything_is_silent(client, silent, settings, path, most):
    """Servers that take connections and say nothing, whose callers have to wait for their own limits."""
    settings.REDIS_URL = f"redis://127.0.0.1:{silent.port}/0"
    settings.CONNECT_PROVIDER_PROXY = f"http://127.0.0.1:{silent.port}"
    patience._process["away until"] = 0.0
    answers = []
    assert seconds(lambda: answers.append(client.get(path))) < most
    assert answers[0].status_code == 503


def test_the_pool_hands_out_connections_that_give_up(db):
    connection.ensure_connection()
    assert isinstance(connection.connection, PatientConnection)
