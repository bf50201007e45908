"""A pooled connection that died while nobody used it is not handed to a request; what it has planned it keeps."""

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end(pid: int) -> None:
    """As an administrator or a restart would, from another connection; returns when it is gone."""
    with psycopg.connect(**connection.get_connection_params() | {"context": None}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.fixture(autouse=True)
def _pool_of_its_own():
    connection.close()
    connection.close_pool()  # from now on it holds the one connection of this test


def test_a_dead_connection_is_replaced_before_anybody_meets_it():
    first = backend()
    connection.close()
    end(first)
    assert backend() != first


def test_a_request_gets_no_error_for_it(client):
    first = backend()
    connection.close()
    end(first)
    assert client.get("/health/ready").status_code == 200


def test_a_living_connection_is_kept_and_not_asked(monkeypatch):
    first = backend()
    connection.close()
    monkeypatch.delattr("psycopg.Connection.execute")  # by which a connection is asked
    monkeypatch.delattr("psycopg_pool.ConnectionPool.check_connection")
    assert backend() == first


def test_what_the_server_says_beside_goodbye_costs_no_connection():
    first = backend()
    with psycopg.connect(**connection.get_connection_params() | {"context": None}, autocommit=True) as other:
        with connection.cursor() as cursor:
            cursor.execute("LISTEN news")
        connection.close()
        other.execute("NOTIFY news")
    assert backend() == first


def test_what_every_call_asks_is_planned_once_on_a_connection(alice):
    for _ in range(8):
        alice.ok("get/networks/")
        alice.ok("get/networks/", {"limit": 5})
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        planned = [row[0] for row in cursor.fetchall()]
    reading = [[name in sql for name in ("connect_session", '"networks_socialnetwork"')] for sql in planned]
    assert sorted(reading) == [[False, True], [True, False], [True, True]]  # the list, who calls, and both at once


def test_a_migration_of_what_is_planned_breaks_no_call(alice):
    for _ in range(8):
        alice.ok("get/networks/")
    with psycopg.connect(**connection.get_connection_params() | {"context": None}, autocommit=True) as other:
        other.execute("ALTER TABLE networks_socialnetwork ALTER url TYPE text")
        try:
            assert alice.ok("get/networks/") == {"networks": []}
        finally:
            other.execute("ALTER TABLE networks_socialnetwork ALTER url TYPE varchar(2048)")
