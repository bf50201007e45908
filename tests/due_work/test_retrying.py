"""What is tried again when the database gives up, for how long, and what becomes of a COMMIT whose answer is lost."""

from types import SimpleNamespace

import psycopg.errors
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from config.postgresql.base import DatabaseWrapper
from connect.database import retries
from connect.database.retries import PATIENT, Unsettled, retried, retried_once
from connect.models import User
from connect.moderation.workflow import Health
from networks.models import SocialNetwork
from social_auth.budgets import storms
from social_auth.budgets.models import ProviderMinute
from social_auth.connections import connection as connecting
from social_auth.connections.exchanges import Exchange
from social_auth.credentials import renewal, renewed_tokens
from social_auth.credentials.models import Credential, Revocation
from social_auth.providers.adapters import adapter_for
from social_auth.refresh.batches import refresh_batch
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint, read_token
from tests.credentials.test_living_connections import connected
from tests.support.api import posted
from tests.support.google import an_id_token, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
BUSY = psycopg.errors.DeadlockDetected("deadlock detected")
SLOW = psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
LOCKED = psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")
GONE = psycopg.OperationalError("the connection is lost")
FULL = psycopg.errors.DiskFull("no space left on device")


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by what is slept; `slept` says how long that was each time."""
    told = SimpleNamespace(now=0.0, slept=[])

    def sleep(seconds):
        told.slept.append(seconds)
        told.now += seconds

    monkeypatch.setattr(retries, "time", SimpleNamespace(monotonic=lambda: told.now, sleep=sleep))
    return told


def failing(clock, *causes, takes=0.0):
    """A transaction that fails for these reasons, one after another, before it is done; each try takes so long."""
    left = list(causes)

    def work():
        clock.now += takes
        if left:
            raise OperationalError("given up") from left.pop(0)
        return "done"

    return work


class TestQuick:
    @pytest.mark.parametrize("cause", [BUSY, LOCKED, GONE, None])
    def test_what_passes_is_tried_three_times(self, clock, cause):
        assert retried(failing(clock, cause, cause)) == "done"
        with pytest.raises(OperationalError):
            retried(failing(clock, cause, cause, cause))

    @pytest.mark.parametrize("cause", [SLOW, FULL])
    def test_what_would_happen_again_is_not_tried_again(self, clock, cause):
        with pytest.raises(OperationalError):
            retried(failing(clock, cause))
        assert not clock.slept

    def test_nobody_waits_for_three_lock_time_outs(self, clock):
        with pytest.raises(OperationalError):
            retried(failing(clock, LOCKED, takes=5.0))
        assert clock.now < 6

    def test_a_connection_that_was_closed_already(self, clock):
        tries = []

        def work():
            tries.append(1)
            if len(tries) == 1:
                raise InterfaceError("connection already closed")
            return "done"

        assert retried(work) == "done"

    def test_statements_in_the_database_itself(self, clock):
        def work():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(5)")

        with pytest.raises(OperationalError):
            retried(work)
        assert not clock.slept


class TestPatient:
    def test_a_database_that_is_away_for_five_minutes(self, clock):
        def work():
            if clock.now < 300:
                raise OperationalError("down")
            return "written"

        assert retried(work, pauses=PATIENT, within=None) == "written"

    def test_it_is_not_in_a_hurry(self, clock):
        work = failing(clock, SLOW, LOCKED, SLOW, takes=15.0)
        assert retried(work, pauses=PATIENT, within=None) == "done"

    def test_a_task_may_take_that_long(self, settings):
        assert sum(PATIENT) > 300
        assert sum(PATIENT) + 60 < settings.CELERY_TASK_SOFT_TIME_LIMIT


@pytest.fixture
def lose(monkeypatch):
    """`lose(module, name, committed=…)`: the connection is lost over the next COMMIT after `name` was called.

    `then` says the same of the tries that follow.
    """
    real = DatabaseWrapper._commit
    armed = []

    def commit(self):
        if not armed:
            return real(self)
        if armed.pop():
            real(self)
        self.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    def lose(module, name, *, committed, then=()):
        call, times, left = getattr(module, name), [], [committed, *then]

        def arming(*arguments, **options):
            done = call(*arguments, **options)
            if left:
                armed.append(left.pop(0))
            times.append(1)
            return done

        monkeypatch.setattr(module, name, arming)
        return times

    monkeypatch.setattr(DatabaseWrapper, "_commit", commit)
    return lose


class TestLostCommit:
    @pytest.mark.parametrize("committed", [True, False])
    def test_a_connect_that_succeeded_says_so(self, alice, sandbox, lose, committed):
        times = lose(connecting, "store_credential", committed=committed)
        answer = alice.post("auth/tiktok/", posted(mint("tiktok", "maya")))
        assert (answer.status_code, answer.json()["status"]) == (200, "success")
        assert SocialNetwork.objects.get().pk == answer.json()["network_id"]
        assert len(times) == (1 if committed else 2)

    @pytest.mark.parametrize("committed", [True, False])
    def test_with_a_key_the_answer_is_kept(self, alice, sandbox, lose, committed):
        lose(connecting, "store_credential", committed=committed)
        body, key = posted(mint("tiktok", "maya")), {"Idempotency-Key": "one"}
        first = alice.post("auth/tiktok/", body, **key)
        again = alice.post("auth/tiktok/", body, **key)
        assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"

    @pytest.mark.parametrize("committed", [True, False])
    def test_an_id_token_that_is_good_once_signs_in(self, sandbox, lose, committed):
        from social_auth.sign_in import identification

        lose(identification, "spend_once", committed=committed)
        assert sign_in(an_id_token("maya")).status_code == 200
        assert User.objects.count() == 1

    def test_while_nobody_can_tell_what_was_exchanged_is_not_revoked(self, alice, sandbox, lose, monkeypatch):
        lose(connecting, "store_credential", committed=True)

        def away(self):
            raise Unsettled("down")

        with monkeypatch.context() as patch:
            patch.setattr(retries._Numbered, "_committed", away)
            assert alice.post("auth/tiktok/", minted("tiktok", "maya", kind="code")).status_code == 503
        assert not Revocation.objects.exists()
        assert not read_token(Credential.objects.get().open().refresh_token, "tiktok").dead

    def test_a_last_try_whose_commit_is_not_answered_revokes_nothing(self, alice, sandbox, lose, monkeypatch):
        times = lose(connecting, "store_credential", committed=False, then=(False, True))
        monkeypatch.setattr(Exchange, "keep", lambda *_: False)  # Redis is away as well
        answer = alice.post("auth/tiktok/", minted("tiktok", "maya", kind="code"))
        assert (answer.status_code, len(times)) == (503, 3)
        assert not Revocation.objects.exists()
        assert not read_token(Credential.objects.get().open().refresh_token, "tiktok").dead

    def test_a_refresh_token_that_was_passed_on_is_not_revoked(self, alice, sandbox, lose, monkeypatch):
        """A creator connected without one while it was renewed, and the answer to the COMMIT was lost."""
        pk = connected(alice, "twitter")
        Credential.objects.update(due_at=timezone.now())
        renew = adapter_for("twitter").renew

        def slow(secret):
            SocialNetwork.objects.update(health=Health.SUSPECT)
            assert alice.connected("twitter") == pk
            return renew(secret)

        monkeypatch.setattr(adapter_for("twitter"), "renew", slow)
        monkeypatch.setattr(retries.time, "sleep", lambda _: None)
        times = lose(renewed_tokens, "_replace_spent_refresh_token", committed=True)
        assert renewal.renew(pk) == "overtaken"
        assert len(times) == 2
        assert not Revocation.objects.exists()
        assert not read_token(Credential.objects.get().open().refresh_token, "twitter").dead

    def test_one_that_was_rolled_back_is_done_again(self):
        runs = []
        work = retries._Numbered(lambda: runs.append(1))
        work()
        with transaction.atomic():
            work.number = retries._fetch_text("SELECT pg_current_xact_id()::text")
            transaction.set_rollback(True)
        work()
        assert len(runs) == 2

    def test_one_that_is_still_running_is_waited_for(self):
        def work():
            raise AssertionError("it must not be done twice")

        twice = retries._Numbered(work)
        with transaction.atomic():
            twice.number = retries._fetch_text("SELECT pg_current_xact_id()::text")
            with pytest.raises(Unsettled):
                twice()

    def test_what_is_done_once_fails_as_ever(self, clock):
        with pytest.raises(OperationalError):
            retried_once(failing(clock, BUSY, BUSY, BUSY))


def test_a_tally_that_is_written_at_the_second_try_is_whole(sandbox, monkeypatch):
    """What was counted is taken out once, and written as often as it takes."""
    real, tries = storms.count, []

    def count(*arguments, **counts):
        tries.append(counts["calls"])
        if len(tries) == 1:
            raise OperationalError("deadlock detected")
        real(*arguments, **counts)

    tally = storms.Tally("tiktok")
    monkeypatch.setattr(storms, "Tally", lambda network: tally)
    monkeypatch.setattr(storms, "count", count)
    tally.add(calls=3, ends=1)
    refresh_batch("tiktok", 0, [])
    assert (tries, ProviderMinute.objects.get().calls) == ([3, 3], 3)
