"""A primary that was demoted: writes are a 503, readiness says so, and the pool finds whoever took its place."""

import time
from contextlib import ExitStack, contextmanager
from threading import Event

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from config.postgresql import patience, read_only
from tests.support.api import PASSWORD
from tests.support.own_postgres import connected, own_postgres

PAGE = {"network": "facebook", "page_id": "p1", "page_name": "P", "page_url": "https://facebook.com/p1"}


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    patience._process["away until"] = read_only._process["drained"] = 0.0


@pytest.fixture
def pair(django_db_blocker):
    """A primary, its standby, and a connection that looks for the one that writes."""
    with ExitStack() as stack:
        primary = stack.enter_context(own_postgres())
        standby = stack.enter_context(own_postgres(standby_of=primary))
        stack.enter_context(django_db_blocker.unblock())
        database = stack.enter_context(connected(primary, standby, target_session_attrs="read-write"))
        write(database, "CREATE TABLE written (id bigint)")
        yield primary, standby, database


def write(database, sql="INSERT INTO written VALUES (1)"):
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        cursor.execute(sql)


def seconds_until_written(database):
    never, began = Event(), time.monotonic()
    while True:
        try:
            write(database)
            return time.monotonic() - began
        except OperationalError:
            database.close()
            never.wait(0.05)


@pytest.mark.slow
class TestFailover:
    def test_a_standby_that_was_promoted_is_found(self, pair):
        primary, standby, database = pair
        primary.stop()
        standby.promote()
        assert seconds_until_written(database) < 10

    def test_a_primary_that_lives_on_and_only_reads_is_left(self, pair):
        primary, standby, database = pair
        several(database)
        primary.reads_only(True)
        standby.promote()
        assert seconds_until_written(database) < 10
        database.close()
        assert several(database) == {str(standby.folder)}  # nobody else has to find out

    def test_outside_of_a_transaction_as_well(self, pair):
        primary, standby, database = pair
        primary.reads_only(True)
        standby.promote()
        with pytest.raises(OperationalError, match="read-only"), database.cursor() as cursor:
            cursor.execute("INSERT INTO written VALUES (1)")
        with database.cursor() as cursor:  # the same thread, which nobody told to begin anew
            cursor.execute("INSERT INTO written VALUES (1)")


def several(database):
    """Have some connections of the pool at once; returns where they lead to."""
    taken = [database.pool.getconn() for _ in range(3)]
    for one in taken:
        database.pool.putconn(one)
    return {one.info.host for one in taken}


@contextmanager
def reading_only():
    params = connection.get_connection_params() | {"context": None, "options": "-c default_transaction_read_only=off"}
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**params, autocommit=True) as ops:
        ops.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        anew()
        try:
            yield
        finally:
            ops.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            anew()


def pid():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def anew():
    connection.close()
    connection.close_pool()


@pytest.mark.django_db(transaction=True)
class TestTheService:
    def test_a_write_is_told_to_come_back(self, alice):
        with reading_only():
            answer = alice.post("add/social-page/", PAGE)
        assert (answer.status_code, answer.json()["error"]) == (503, "service_unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert alice.ok("add/social-page/", PAGE)

    def test_a_sign_in_as_well(self, alice, client):
        body = {"email": alice.email, "password": PASSWORD}
        with reading_only():
            answer = client.post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (503, "service_unavailable")

    def test_a_page_of_the_staffs_as_well(self, desk):
        session = desk.session
        session["staff_sign_in_at"] = time.time()
        session.set_expiry(600)  # the page makes it longer
        session.save()
        with reading_only():
            assert desk.get("/admin/").status_code == 503
        assert desk.get("/admin/").status_code == 200

    def test_what_is_only_read_is_answered(self, alice):
        with reading_only():
            assert alice.ok("get/social-pages/") == {"pages": []}

    def test_readiness_says_so_and_looks_for_another(self, client):
        with reading_only():
            before = pid()
            answer = client.get("/health/ready")
            assert (answer.status_code, answer.json()["database"]) == (503, "failed: it is read-only")
            assert pid() != before
        assert client.get("/health/ready").status_code == 200
