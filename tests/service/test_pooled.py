"""Through PgBouncer: never the rows of another query, and everything that lives in a session elsewhere."""

from contextlib import ExitStack

import psycopg
import pytest
from django.db import OperationalError, transaction

from config.postgresql import pooling
from config.postgresql.patience import PatientConnection
from config.postgresql.pooling import StatementPooling, pooling_mode
from tests.support.own_postgres import connected, own_postgres
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer, through

LIMITS = ["15s", "5s", "30s"]
MODES = ("session", "transaction", "statement")
pytestmark = needs_pgbouncer


@pytest.fixture(scope="module")
def postgres():
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def poolers(postgres):
    """The folder in which each mode of pooling listens."""
    with ExitStack() as stack:
        yield {mode: stack.enter_context(pgbouncer(postgres.folder, mode)) for mode in MODES}


@pytest.fixture
def pooled(poolers, request, django_db_blocker):
    with django_db_blocker.unblock(), through(poolers[request.param]) as database:
        yield database


@pytest.fixture(autouse=True)
def _not_found_out_yet():
    pooling._mode.clear()


both = pytest.mark.parametrize("pooled", ["session", "transaction"], indirect=True)


def ask(database, sql, *params):
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


def limits(database):
    return [
        ask(database, f"SELECT current_setting('{name}_timeout')")
        for name in ("statement", "lock", "idle_in_transaction_session")
    ]


def test_a_plan_that_meets_another_is_an_error_and_never_its_rows(poolers):
    with client(poolers["transaction"]) as one, client(poolers["transaction"]) as other:
        with other.transaction(), one.transaction():  # on a server connection each; that of `other` is given back last
            one.execute("SELECT 'walls'", prepare=True)
            other.execute("SELECT 'channels'", prepare=True)
            mine, theirs = pid(one), pid(other)
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            ask_where(one, "SELECT 'walls'", elsewhere=theirs)
        assert mine != theirs


def test_the_name_of_a_plan_is_made_from_its_text(postgres):
    with client(postgres.folder, port=5432) as one, client(postgres.folder, port=5432) as other:
        for asker, texts in ((one, ("SELECT 1", "SELECT 2")), (other, ("SELECT 2", "SELECT 1"))):
            for text in texts:
                asker.execute(text, prepare=True)
            asker.execute("SELECT %s::text", ["a"], prepare=True)
            asker.execute("SELECT %s::text", [1], prepare=True)
        names = [dict(each.execute("SELECT name, statement FROM pg_prepared_statements")) for each in (one, other)]
        assert names[0] == names[1]
        assert len(names[0]) == 4  # a parameter of another type is another statement


def ask_where(asker, text, *, elsewhere):
    with asker.transaction():
        assert pid(asker) == elsewhere
        asker.execute(text, prepare=True)


def pid(asker):
    return asker.execute("SELECT pg_backend_pid()", prepare=False).fetchone()[0]


def client(folder, port=6432):
    at = {"host": str(folder), "port": port, "user": "postgres", "dbname": "postgres"}
    return PatientConnection.connect(**at, autocommit=True)


@both
class TestBothPoolings:
    def test_it_is_found_out(self, pooled, request):
        assert pooling_mode(pooled) == request.node.callspec.params["pooled"]

    def test_the_limits_hold_in_every_statement_and_transaction(self, pooled):
        assert limits(pooled) == LIMITS
        with transaction.atomic(using="pooled"), transaction.atomic(using="pooled"):
            assert limits(pooled) == LIMITS
        with pytest.raises(OperationalError, match="statement timeout"):
            ask(pooled, "SELECT set_config('statement_timeout', '20ms', true); SELECT 1 FROM pg_sleep(9)")

    def test_a_lock_that_is_not_given_back_is_waited_for_no_longer_than_ever(self, pooled, postgres, monkeypatch):
        monkeypatch.setitem(pooled.settings_dict["OPTIONS"]["limits"], "lock_timeout", "30ms")
        with client(postgres.folder, port=5432) as holder, holder.transaction():
            holder.execute("SELECT pg_advisory_xact_lock(7)")
            with pytest.raises(OperationalError, match="lock timeout"):
                ask(pooled, "SELECT pg_advisory_xact_lock(7)")

    def test_who_has_time_has_no_limit_and_leaves_one(self, pooled):
        with pooled.without_statement_timeout():
            assert limits(pooled) == ["0", *LIMITS[1:]]
            with transaction.atomic(using="pooled"):
                assert limits(pooled) == ["0", *LIMITS[1:]]
        assert limits(pooled) == LIMITS

    def test_nothing_is_left_in_a_session_for_others(self, pooled, postgres):
        ask(pooled, "SELECT 1")
        ask(pooled, "SELECT count(*) FROM pg_class WHERE oid > %s", 5)
        with transaction.atomic(using="pooled"):
            advisory = "SELECT count(pg_advisory_xact_lock(hashtextextended('claim', 0)))"
            assert ask(pooled, advisory) == 1
        with client(postgres.folder, port=5432) as other:
            assert other.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)

    def test_what_is_asked_all_the_time_is_answered_and_not_planned(self, pooled):
        for _ in range(8):
            assert pooled.prepared("SELECT %s + %s", [1, 2]) == [(3,)]
        assert ask(pooled, "SELECT count(*) FROM pg_prepared_statements WHERE position('+' in statement) > 0") == 0

    def test_many_rows_are_read_without_a_cursor_on_the_server(self, pooled):
        with pooled.chunked_cursor() as cursor:
            cursor.execute("SELECT * FROM generate_series(1, 5000)")
            assert ask(pooled, "SELECT count(*) FROM pg_cursors") == 0
            assert sum(row[0] for row in cursor) == 12_502_500

    def test_what_may_not_be_in_a_transaction_is_sent_alone(self, pooled):
        with pooled.cursor() as cursor:
            cursor.execute("CREATE TABLE plain (id bigint)")
            cursor.execute("CREATE INDEX CONCURRENTLY quick ON plain (id)")
            cursor.execute("DROP TABLE plain")


def test_statement_pooling_is_told(poolers, django_db_blocker):
    with django_db_blocker.unblock(), through(poolers["statement"]) as pooled, pytest.raises(StatementPooling):
        pooling_mode(pooled)


def test_without_a_pooler_the_session_keeps_the_limits(postgres, django_db_blocker):
    with django_db_blocker.unblock(), connected(postgres) as own:
        assert pooling_mode(own) == "direct"
        assert limits(own) == LIMITS
        with own.without_statement_timeout():
            assert limits(own) == ["0", *LIMITS[1:]]
        assert limits(own) == LIMITS
