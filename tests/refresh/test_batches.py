"""A batch is written at once where it is ordinary, row by row where it is not, and never over anybody's head."""

import threading
from datetime import timedelta
from itertools import chain, repeat

import pytest
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from connect.models import FollowerReading
from connect.moderation.workflow import Health, Status
from networks.models import SocialNetwork
from social_auth.budgets.models import ProviderDay
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import adapter_for
from social_auth.refresh import batches, bulk_results, planning, results
from social_auth.sandbox.traits import set_traits
from social_auth.wire.outcomes import TokenDead
from tests.refresh.test_refresh import copies, make_due, run_due
from tests.support.api import alone
from tests.support.processes import until


@pytest.fixture
def twelve(alice, sandbox):
    """Twelve accounts of one network, which are read in three parts."""
    for number in range(12):
        alice.connected("tiktok", f"maya{number}")
    make_due(followers=None, followers_as_of=None)
    FollowerReading.objects.all().delete()
    sandbox.calls.clear()
    return SocialNetwork.objects.order_by("pk")


@pytest.mark.django_db
class TestTogether:
    def test_numbers_readings_and_leases_are_those_of_single_writes(self, twelve, monkeypatch):
        names = ["followers", "followers_source", "name", "url", "extra_data", "health", "lease_until"]
        assert run_due() == [{"refreshed": 12}]
        together = list(twelve.values_list(*names))
        assert all(read_at and followers for read_at, followers in twelve.values_list("read_at", "followers"))
        assert FollowerReading.objects.count() == 12

        make_due(followers=None)
        FollowerReading.objects.all().delete()
        monkeypatch.setattr(results, "_is_ordinary", lambda *_: False)
        assert run_due() == [{"refreshed": 12}]
        assert list(twelve.values_list(*names)) == together
        assert FollowerReading.objects.count() == 12

    def test_numbers_and_readings_take_one_statement(self, twelve, django_assert_num_queries):
        [batch] = planning.REFRESH.claim_due(timezone.now())
        with django_assert_num_queries(4):
            batches.refresh_batch(*vars(batch).values())

    def test_what_is_not_ordinary_has_its_own_turn(self, twelve):
        renamed, sick = twelve[0], twelve[1]
        set_traits("tiktok", "maya0", handle="other")
        SocialNetwork.objects.filter(pk=sick.pk).update(health=Health.SUSPECT)
        set_traits("tiktok", "maya2", state="5xx")
        assert run_due() == [{"refreshed": 11, "postponed": 1}]
        renamed.refresh_from_db()
        sick.refresh_from_db()
        assert (renamed.external_id, sick.health) == ("other", Health.HEALTHY)

    @pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DISCONNECTED])
    def test_one_that_ends_meanwhile_is_left_alone(self, twelve, monkeypatch, status):
        adapter, gone = adapter_for("tiktok"), twelve[3]
        read = adapter.read

        def meanwhile(subject):
            SocialNetwork.objects.filter(pk=gone.pk).update(status=status)
            return read(subject)

        monkeypatch.setattr(adapter, "read", meanwhile)
        assert run_due() == [{"refreshed": 11, "overtaken": 1}]
        gone.refresh_from_db()
        assert gone.followers is None

    def test_a_statement_that_fails_loses_nothing(self, twelve, monkeypatch):
        def refuse(*_):
            raise DatabaseError("deadlock detected")

        monkeypatch.setattr(bulk_results, "_write", refuse)
        assert run_due() == [{"refreshed": 12}]

    def test_a_database_that_restarts_costs_no_call(self, twelve, sandbox, monkeypatch):
        write, times = bulk_results._write, chain([True], repeat(False))

        def down_at_first(*arguments):
            if next(times):
                raise OperationalError("the database system is shutting down")
            return write(*arguments)

        monkeypatch.setattr(bulk_results, "_write", down_at_first)
        assert run_due() == [{"refreshed": 12}]
        assert len(sandbox.calls) == 12

    def test_a_verdict_about_an_old_token_is_none(self, twelve, monkeypatch):
        first = twelve[0]

        def renewed_meanwhile(subject):
            Credential.objects.filter(pk=subject.pk).update(version=F("version") + 1)
            raise TokenDead

        monkeypatch.setattr(adapter_for("tiktok"), "read", renewed_meanwhile)
        assert run_due() == [{"postponed": 12}]
        first.refresh_from_db()
        assert (first.health, first.lease_until) == (Health.HEALTHY, None)

    def test_who_lost_the_lease_midway_asks_no_further(self, twelve, sandbox, monkeypatch, settings):
        settings.REFRESH_LEASE = timedelta(0)
        [batch] = planning.REFRESH.claim_due(timezone.now())
        keep_all = batches.keep_all

        def and_then_somebody_else_has_them(*arguments):
            counts = keep_all(*arguments)
            SocialNetwork.objects.update(lease_token=batch.token + 1)
            return counts

        monkeypatch.setattr(batches, "keep_all", and_then_somebody_else_has_them)
        assert batches.refresh_batch(*vars(batch).values()) == {"refreshed": 10}
        assert len(sandbox.calls) == 10

    def test_who_is_at_work_keeps_the_lease(self, twelve, settings, monkeypatch):
        """While the last part is read, the planner finds nothing to hand out again."""
        [batch] = planning.REFRESH.claim_due(timezone.now())
        expired = timezone.now() - timedelta(seconds=1)
        SocialNetwork.objects.update(lease_until=expired)  # the batch waited long for its worker
        keep_all, found = batches.keep_all, []

        def and_the_planner_looks(*arguments):
            found.extend(planning.REFRESH.claim_due(timezone.now()))
            return keep_all(*arguments)

        monkeypatch.setattr(batches, "keep_all", and_the_planner_looks)
        assert batches.refresh_batch(*vars(batch).values()) == {"refreshed": 12}
        assert found == []

    def test_who_is_slow_is_cut_short_and_keeps_the_place(self, twelve, sandbox, monkeypatch):
        """No call is begun that the part's time may not be enough for: it would be made twice."""
        left = chain([60.0, 60.0, 5.0], repeat(5.0, 7), repeat(60.0))
        monkeypatch.setattr("social_auth.wire.http.seconds_left", lambda: next(left))
        assert run_due() == [{"refreshed": 4, "postponed": 8}]
        assert len(sandbox.calls) == 4
        assert adapter_for("tiktok").breaker.seconds_left() == 0
        assert SocialNetwork.objects.due(timezone.now()).count() == 8

    def test_a_small_budget_is_not_overdrawn_by_reading_together(self, twelve, sandbox, settings):
        settings.PROVIDER_BUDGETS = {**settings.PROVIDER_BUDGETS, "tiktok": {"calls": 20, "seconds": 3600}}
        [batch] = planning.REFRESH.claim_due(timezone.now())
        assert len(batch.ids) == 2  # what is saved up
        assert batches.refresh_batch(*vars(batch).values()) == {"refreshed": 2}
        assert len(sandbox.calls) == 2


@pytest.mark.django_db
class TestCharges:
    def test_x_is_paid_for_who_is_returned(self, alice, sandbox):
        alice.connected("twitter")
        copies(alice, 9, "twitter")
        ProviderDay.objects.all().delete()  # what connecting cost
        make_due()
        run_due()
        assert ProviderDay.objects.get(network="twitter").units == 1

    def test_linkedin_counts_the_calls_that_were_answered(self, alice, sandbox):
        for number in range(3):
            alice.connected("linkedin", f"maya{number}")
        set_traits("linkedin", "maya1", state="5xx")
        ProviderDay.objects.all().delete()
        make_due()
        run_due()
        assert ProviderDay.objects.get(network="linkedin").units == 2


@pytest.mark.django_db(transaction=True)
def test_who_is_busy_with_one_row_holds_up_no_other(alice, sandbox, settings):
    """A creator's long transaction on one record: the others of the batch are written before it ends."""
    for number in range(3):
        alice.connected("tiktok", f"maya{number}")
    make_due(followers=None)
    first = SocialNetwork.objects.order_by("pk").first()
    [batch] = planning.REFRESH.claim_due(timezone.now())
    worker = threading.Thread(target=alone(lambda: batches.refresh_batch(*vars(batch).values())))
    with transaction.atomic():
        SocialNetwork.objects.select_for_update().get(pk=first.pk)
        worker.start()
        others = SocialNetwork.objects.exclude(pk=first.pk).filter(followers__isnull=False)
        until(lambda: others.filter(next_refresh_at__gt=timezone.now()).count() == 2, seconds=10)
    worker.join(10)
    assert SocialNetwork.objects.get(pk=first.pk).followers is not None
