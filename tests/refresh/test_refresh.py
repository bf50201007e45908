"""Keeping numbers fresh: leases, fencing, what a provider's answer does to a record, and what it never does."""

from collections import Counter
from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connect.models import FollowerReading
from connect.moderation.workflow import Health, Status
from networks.models import SocialNetwork
from social_auth.budgets import storms
from social_auth.credentials import renewal
from social_auth.credentials.models import Credential
from social_auth.demo.factories import NetworkFactory
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Profile
from social_auth.refresh import batches, planning, results, tasks
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint, read_token
from social_auth.sandbox.traits import set_traits
from social_auth.wire.outcomes import Gone, RateLimited, TokenDead, Unavailable
from social_auth.wire.secret import Secret
from tests.conftest import forget_budgets

pytestmark = pytest.mark.django_db


def make_due(**when):
    SocialNetwork.objects.update(next_refresh_at=timezone.now() - timedelta(minutes=1), **when)


def run_due():
    """Claim and refresh what is due, as planner and worker do."""
    return [batches.refresh_batch(*vars(batch).values()) for batch in planning.REFRESH.claim_due(timezone.now())]


def copies(creator, number, network="tiktok"):
    """Connections of one creator that the provider knows nothing of."""
    uids = (f"9{count:018}" for count in range(number))
    return [NetworkFactory(connected=True, user=creator.user, network=network, provider_uid=uid) for uid in uids]


def answers(monkeypatch, network, result):
    """Let the provider give that result for every account."""

    def read_many(subjects):
        return {subject.pk: result for subject in subjects}

    monkeypatch.setattr(adapter_for(network), "read_many", read_many)


class TestOneRound:
    @pytest.mark.parametrize(
        "network", ["facebook", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest"]
    )
    def test_every_network_is_read(self, alice, sandbox, network):
        alice.connected(network)
        make_due(followers=None, followers_as_of=None)

        [counts] = run_due()

        assert counts == {"refreshed": 1}
        row = SocialNetwork.objects.get()
        assert row.health == Health.HEALTHY
        assert row.lease_until is None
        assert row.next_refresh_at > timezone.now() + timedelta(hours=5)
        assert (row.followers is None) == (network in ("facebook", "linkedin"))

    @pytest.mark.parametrize(("network", "most"), [("twitter", 100), ("youtube", 50), ("facebook", 50)])
    def test_many_in_one_call(self, alice, sandbox, network, most, settings):
        settings.CONNECT_MAX_NETWORKS = 1000
        for number in range(5):
            alice.connected(network, f"maya{number}")
        make_due()
        sandbox.calls.clear()

        [counts] = run_due()

        assert counts == {"refreshed": 5}
        assert len([call for call in sandbox.calls if call.path != "/oauth/access_token"]) == 1
        assert adapter_for(network).batch_size == most

    def test_one_reading_a_day(self, alice, sandbox):
        alice.connected("twitter")
        for _ in range(2):
            make_due()
            run_due()
        reading = FollowerReading.objects.get()
        assert reading.followers == SocialNetwork.objects.get().followers
        assert reading.day == timezone.now().date()

    def test_unknown_is_never_zero(self, alice, sandbox, monkeypatch):
        alice.connected("twitter")
        FollowerReading.objects.all().delete()
        uid = SocialNetwork.objects.get().provider_uid
        answers(monkeypatch, "twitter", Profile(uid=uid, external_id="maya", followers=None, source="hidden"))
        make_due()

        run_due()

        row = SocialNetwork.objects.get()
        assert (row.followers, row.followers_source) == (None, "hidden")
        assert not FollowerReading.objects.exists()

    def test_zero_is_zero(self, alice, sandbox, monkeypatch):
        alice.connected("twitter")
        uid = SocialNetwork.objects.get().provider_uid
        answers(monkeypatch, "twitter", Profile(uid=uid, external_id="maya", followers=0))
        make_due()
        run_due()
        assert SocialNetwork.objects.get().followers == FollowerReading.objects.get().followers == 0

    @pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DISCONNECTED])
    def test_suspended_and_disconnected_are_not_read(self, alice, sandbox, status):
        alice.connected("twitter")
        make_due(status=status)
        sandbox.calls.clear()
        assert run_due() == []
        assert not sandbox.calls

    def test_claims_are_not_read(self, alice):
        alice.claim("twitter", "maya")
        make_due()
        assert run_due() == []


class TestLeases:
    @pytest.fixture
    def batch(self, alice, sandbox):
        alice.connected("twitter")
        make_due()
        [batch] = planning.REFRESH.claim_due(timezone.now())
        return batch

    def test_what_is_leased_is_not_claimed_again(self, batch):
        assert list(planning.REFRESH.claim_due(timezone.now())) == []

    def test_a_dead_workers_lease_runs_out(self, batch, settings):
        later = timezone.now() + settings.REFRESH_LEASE + timedelta(seconds=1)
        [again] = planning.REFRESH.claim_due(later)
        assert again.ids == batch.ids
        assert again.token > batch.token

    def test_a_worker_that_woke_up_late_writes_nothing(self, batch, settings, sandbox):
        later = timezone.now() + settings.REFRESH_LEASE + timedelta(seconds=1)
        [again] = planning.REFRESH.claim_due(later)
        sandbox.calls.clear()

        assert batches.refresh_batch(batch.lane, batch.token, batch.ids) == {}
        assert not sandbox.calls

        assert batches.refresh_batch(again.lane, again.token, again.ids) == {"refreshed": 1}

    def test_a_batch_delivered_twice_commits_once(self, batch):
        assert batches.refresh_batch(batch.lane, batch.token, batch.ids) == {"refreshed": 1}
        assert batches.refresh_batch(batch.lane, batch.token, batch.ids) == {}

    @pytest.mark.parametrize("event", ["disconnect", "suspend", "overtaken"])
    def test_what_happens_while_the_provider_thinks(self, alice, batch, monkeypatch, staff, event):
        adapter = adapter_for("twitter")
        read = adapter.read_many

        def meanwhile(subjects):
            network = SocialNetwork.objects.get()
            if event == "overtaken":
                SocialNetwork.objects.update(lease_token=batch.token + 1)
            elif event == "suspend":
                network.suspend(by=staff, reason="fraud")
            else:
                network.disconnect(by=alice.user)
            return read(subjects)

        monkeypatch.setattr(adapter, "read_many", meanwhile)
        before = SocialNetwork.objects.get().followers_as_of

        assert batches.refresh_batch(batch.lane, batch.token, batch.ids) == {"overtaken": 1}

        assert SocialNetwork.objects.get().followers_as_of == before

    def test_the_cap_holds(self, alice, sandbox, settings):
        settings.REFRESH_OUTSTANDING = 1
        alice.connected("tiktok")
        copies(alice, 30)
        make_due()
        assert [len(batch.ids) for batch in planning.REFRESH.claim_due(timezone.now())] == [20]
        assert list(planning.REFRESH.claim_due(timezone.now())) == []


class TestHealth:
    @pytest.fixture
    def network(self, alice, sandbox):
        alice.connected("instagram")
        return SocialNetwork.objects.get()

    @pytest.mark.parametrize("outcome", [Unavailable(), RateLimited(retry_after=60)])
    def test_no_outage_changes_anything(self, network, monkeypatch, outcome):
        answers(monkeypatch, "instagram", outcome)
        for _ in range(5):
            make_due()
            assert run_due() == [{"postponed": 1}]
            forget_budgets()  # a provider that limits us is left alone
        row = SocialNetwork.objects.get()
        assert (row.health, row.status, row.followers) == (Health.HEALTHY, Status.ACCEPTED, network.followers)
        assert row.next_refresh_at > timezone.now()

    @pytest.mark.parametrize("outcome", [TokenDead(), Gone()])
    def test_dead_counts_when_said_twice_late_enough(self, network, monkeypatch, settings, outcome):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(minutes=10)
        answers(monkeypatch, "instagram", outcome)

        def health_after_a_round():
            make_due()
            run_due()
            return SocialNetwork.objects.get().health

        assert health_after_a_round() == Health.SUSPECT
        assert health_after_a_round() == Health.SUSPECT  # the same minute proves nothing
        SocialNetwork.objects.update(health_since=timezone.now() - timedelta(minutes=11))
        assert health_after_a_round() == Health.REAUTH_REQUIRED
        assert health_after_a_round() == Health.REAUTH_REQUIRED
        assert SocialNetwork.objects.get().status == Status.ACCEPTED  # an approval is another matter

    def test_it_heals_by_itself(self, network):
        make_due(health=Health.REAUTH_REQUIRED)
        run_due()
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_another_account_behind_the_token(self, network, sandbox):
        other = mint("instagram", "eve")
        credential = Credential.objects.get()
        credential.seal(Secret(str(other)))
        credential.save()
        make_due()
        run_due()
        row = SocialNetwork.objects.get()
        assert (row.health, row.external_id) == (Health.SUSPECT, "maya")

    def test_a_credential_of_another_row_does_not_open(self, alice, bob, sandbox):
        alice.connected("instagram", "maya")
        bob.connected("instagram", "eve")
        ours, theirs = Credential.objects.order_by("pk")
        Credential.objects.filter(pk=ours.pk).update(access_cipher=theirs.access_cipher)
        make_due()
        [counts] = run_due()[:1]
        assert counts["postponed"] == 1
        assert SocialNetwork.objects.get(pk=ours.pk).external_id == "maya"


class TestTwoKindsOfEnd:
    """Where numbers are read by our own key, a dead account and a dead credential heal by different news."""

    @pytest.fixture
    def network(self, alice, sandbox):
        pk = alice.ok("auth/youtube/", minted("youtube", "maya", kind="code"))["network_id"]
        return SocialNetwork.objects.get(pk=pk)

    def health(self):
        return SocialNetwork.objects.get().health

    def test_an_account_that_is_gone(self, network, settings):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        set_traits("youtube", "maya", state="deleted")
        for _ in range(2):
            make_due()
            run_due()
        assert self.health() == "reauth_required"
        Credential.objects.update(expires_at=timezone.now(), due_at=timezone.now())
        set_traits("youtube", "maya", state="ok")
        assert renewal.renew(network.pk) == "renewed"
        assert self.health() == "reauth_required"
        make_due()
        run_due()
        assert self.health() == "healthy"

    def test_a_dead_token_that_a_reading_found_is_healed_by_what_its_renewal_lets_read(
        self, alice, sandbox, settings, monkeypatch
    ):
        def refuse(secret):
            raise TokenDead

        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        pk = alice.ok("auth/tiktok/", minted("tiktok", "maya", kind="code"))["network_id"]
        set_traits("tiktok", "maya", state="expired")
        with monkeypatch.context() as patch:
            patch.setattr(adapter_for("tiktok"), "renew", refuse)
            for _ in range(2):
                make_due()
                run_due()
        assert self.health() == "reauth_required"
        Credential.objects.update(expires_at=timezone.now(), due_at=timezone.now())
        assert renewal.renew(pk) == "renewed"
        assert run_due() == [{"refreshed": 1}]
        assert self.health() == "healthy"

    def test_signing_in_does_not_bring_back_a_channel_that_is_gone(self, network, settings):
        SocialNetwork.objects.update(health="reauth_required", health_cause="account")
        token = {"client_id": "google-client-id", **minted("youtube", "maya", kind="code")}
        body = {"provider": "google", "process": "login", "token": token}
        answer = Client().post("/_allauth/app/v1/auth/provider/token", body, content_type="application/json")
        assert answer.status_code == 200
        assert self.health() == "reauth_required"

    def test_a_credential_that_is_dead(self, network, settings):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        read_token(network.credential.open().refresh_token, "youtube").revoke()
        for _ in range(2):
            Credential.objects.update(
                expires_at=timezone.now(), obtained_at=timezone.now() - timedelta(days=8), due_at=timezone.now()
            )
            assert renewal.renew(network.pk) == "refused"
        make_due()
        run_due()
        assert self.health() == "reauth_required"


class TestStorms:
    @pytest.fixture
    def many(self, alice, sandbox):
        alice.connected("tiktok")
        copies(alice, 999)

    def test_a_provider_that_calls_all_dead_is_not_believed(self, many, monkeypatch, client):
        monkeypatch.setattr(batches, "subject_of", lambda row: TokenDead())
        make_due()
        run_due()
        doubted = SocialNetwork.objects.filter(health=Health.HEALTHY)
        assert not doubted.filter(next_refresh_at__lt=timezone.now() + timedelta(minutes=30)).exists()
        marked = SocialNetwork.objects.exclude(health=Health.HEALTHY).count()
        assert marked <= 20  # the first ones, before there was enough to tell: and only suspect
        assert not SocialNetwork.objects.filter(health=Health.REAUTH_REQUIRED).exists()
        assert client.get("/health/").json()["marking"] == "tiktok stopped: 100% called dead"

    def test_false_verdicts_after_hours_of_outage_are_a_storm(self, many, monkeypatch):
        SocialNetwork.objects.update(failures=7)
        monkeypatch.setattr(batches, "subject_of", lambda row: TokenDead())
        make_due()
        run_due()
        assert SocialNetwork.objects.exclude(health=Health.HEALTHY).count() <= 20

    def refuse_one_in_three(self, monkeypatch):
        """As a provider does that is ill for hours: the others are read well."""
        profile = Profile(uid="x", external_id="m", followers=1)
        monkeypatch.setattr(batches, "subject_of", lambda row: profile if row.pk % 3 else TokenDead())
        monkeypatch.setattr(results, "_keep_profile", lambda *_: True)

    def test_a_storm_that_goes_on_for_hours_is_one_to_its_end(self, many, monkeypatch, settings):
        settings.CONNECT_CONFIRM_ALONE_AFTER = timedelta(hours=12)
        self.refuse_one_in_three(monkeypatch)
        start = timezone.now()
        for hours in range(11):
            with time_machine.travel(start + timedelta(hours=hours), tick=False):
                make_due()
                run_due()
        health = Counter(SocialNetwork.objects.values_list("health", flat=True))
        assert health[Health.REAUTH_REQUIRED] == 0
        assert health[Health.SUSPECT] <= 20  # the first ones, before there was enough to tell

    def test_what_is_said_for_half_a_day_is_believed_however_many_it_is_said_of(self, many, monkeypatch, settings):
        settings.CONNECT_CONFIRM_ALONE_AFTER = timedelta(hours=12)
        self.refuse_one_in_three(monkeypatch)
        start = timezone.now()
        for hours in (0, 6, 13):
            with time_machine.travel(start + timedelta(hours=hours), tick=False):
                make_due()
                run_due()
        assert SocialNetwork.objects.exclude(health=Health.HEALTHY).count() == len(
            [pk for pk in SocialNetwork.objects.values_list("pk", flat=True) if pk % 3 == 0]
        )

    def test_refused_renewals_are_a_storm_whatever_our_own_keys_read(self, alice, sandbox, monkeypatch):
        alice.ok("auth/twitter/", minted("twitter", "maya", kind="code"))
        moment = timezone.now()
        for network in copies(alice, 59, network="twitter"):
            credential = Credential(network=network, expires_at=moment)
            credential.seal(Secret(f"access {network.pk}", f"refresh {network.pk}"))
            credential.save()
        storms.count("twitter", calls=5000, ends=0, refreshed=5000, now=moment)
        monkeypatch.setattr(adapter_for("twitter"), "renew", Mock(side_effect=TokenDead))
        Credential.objects.update(due_at=moment)
        for pk in SocialNetwork.objects.values_list("pk", flat=True):
            assert renewal.renew(pk) in ("refused", "postponed")
        marked = SocialNetwork.objects.exclude(health=Health.HEALTHY).count()
        assert marked <= 20
        assert Credential.objects.filter(unbelieved_at__isnull=False).count() == 60 - marked

    def test_on_a_well_day_health_asks_for_storms_once(self, alice, sandbox, client):
        alice.connected("tiktok")
        make_due()
        run_due()
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/health/").json()["marking"] == "ok"
        assert len([query for query in captured if "providerminute" in query["sql"]]) == 1

    def test_old_verdicts_said_again_are_no_storm(self, many, monkeypatch, client):
        monkeypatch.setattr(batches, "subject_of", lambda row: TokenDead())
        for _ in range(3):
            make_due(health=Health.REAUTH_REQUIRED)
            run_due()
        assert client.get("/health/").json()["marking"] == "ok"

    def test_a_few_dead_ones_among_many_are(self, many, monkeypatch):
        dead = set(SocialNetwork.objects.order_by("pk").values_list("pk", flat=True)[39::40])
        profile = Profile(uid="x", external_id="m", followers=1)

        def result(row):
            return TokenDead() if row.pk in dead else profile

        monkeypatch.setattr(batches, "subject_of", result)
        monkeypatch.setattr(results, "_keep_profile", lambda *_: True)
        make_due()
        run_due()
        assert SocialNetwork.objects.filter(health=Health.SUSPECT).count() == len(dead) == 25


class TestTasks:
    def test_the_planner_hands_out_ids_only(self, alice, sandbox, monkeypatch):
        pk = alice.connected("twitter")
        make_due()
        sent = []
        monkeypatch.setattr(tasks.refresh_batch, "apply_async", lambda **options: sent.append(options))

        tasks.plan_refresh()

        [options] = sent
        assert options["kwargs"]["ids"] == [pk]
        tasks.refresh_batch(**options["kwargs"])
        tasks.refresh_batch(**options["kwargs"])
        assert SocialNetwork.objects.get().lease_until is None

    def test_a_dead_broker_loses_nothing(self, alice, sandbox, settings):
        from kombu.exceptions import OperationalError

        alice.connected("twitter")
        make_due()
        with pytest.MonkeyPatch.context() as patch:

            def refuse(**_):
                raise OperationalError("no broker")

            patch.setattr(tasks.refresh_batch, "apply_async", refuse)
            with pytest.raises(OperationalError):
                tasks.plan_refresh()
        later = timezone.now() + settings.REFRESH_LEASE + timedelta(seconds=1)
        assert len(list(planning.REFRESH.claim_due(later))) == 1


class TestCommand:
    @pytest.fixture
    def three(self, alice, sandbox):
        for network in ("twitter", "instagram", "tiktok"):
            alice.connected(network)

    def refresh(self, capsys, *arguments):
        call_command("refresh_followers", *arguments)
        return capsys.readouterr().out.strip().splitlines()[-1]

    def test_nothing_due(self, three, capsys):
        assert self.refresh(capsys) == "0 networks: 0 refreshed, 0 broken, 0 postponed, 0 overtaken."

    def test_due_ones(self, three, capsys):
        make_due()
        assert self.refresh(capsys) == "3 networks: 3 refreshed, 0 broken, 0 postponed, 0 overtaken."

    def test_stale_ones(self, three, capsys):
        assert self.refresh(capsys, "--stale-hours", "1").startswith("0 networks")
        assert self.refresh(capsys, "--stale-hours", "0").startswith("3 networks: 3 refreshed")

    def test_one_network_and_a_limit(self, three, capsys):
        assert self.refresh(capsys, "--stale-hours", "0", "--network", "tiktok").startswith("1 networks: 1 refreshed")
        assert self.refresh(capsys, "--stale-hours", "0", "--limit", "2").startswith("2 networks: 2 refreshed")

    def test_a_dry_run_asks_nobody(self, three, sandbox, capsys):
        sandbox.calls.clear()
        assert self.refresh(capsys, "--stale-hours", "0", "--dry-run") == "3 networks would be refreshed."
        assert not sandbox.calls

    def test_broken_and_postponed_are_counted(self, three, sandbox, capsys):
        for network, state in (("instagram", "expired"), ("tiktok", "5xx")):
            credential = Credential.objects.get(network__network=network)
            credential.seal(Secret(str(mint(network, "maya", state=state))))
            credential.save()
        closing = self.refresh(capsys, "--stale-hours", "0")
        assert closing == "3 networks: 1 refreshed, 1 broken, 1 postponed, 0 overtaken."
