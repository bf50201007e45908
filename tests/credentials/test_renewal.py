"""Renewing credentials: each provider's model, one renewer at a time, nothing lost or overwritten with nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connections
from django.utils import timezone

from connect.moderation.workflow import Health
from networks.models import SocialNetwork
from social_auth.connections import exchanges
from social_auth.credentials import ends, renewal, renewed_tokens, tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.demo.factories import CredentialFactory, NetworkFactory, UserFactory
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.tokens import mint, read_token
from social_auth.wire.outcomes import Unavailable
from tests.support.api import posted
from tests.support.due import due

ROTATING = ("twitter", "tiktok", "pinterest")
STATIC = ("youtube", "linkedin")


def connect(creator, network, account="maya"):
    token = mint(network, account)
    body = posted(token)
    if network in ROTATING + STATIC:
        body["refresh_token"] = str(token.sibling("refresh"))
    return creator.ok(f"auth/{network}/", body)["network_id"]


def nearly_over(**changes):
    now = timezone.now()
    dates = {"expires_at": now + timedelta(minutes=5), "obtained_at": now - timedelta(days=8), "due_at": now}
    Credential.objects.update(**dates | changes)


@pytest.mark.django_db
class TestModels:
    @pytest.mark.parametrize("network", [*ROTATING, *STATIC, "facebook", "instagram"])
    def test_it_lives_on(self, alice, sandbox, network):
        pk = connect(alice, network)
        nearly_over()
        before = Credential.objects.get().open()
        assert due(renewal.RENEWAL) == [pk]

        assert renewal.renew(pk) == "renewed"

        credential = Credential.objects.get()
        after = credential.open()
        assert after.access_token != before.access_token
        assert credential.expires_at > timezone.now() + timedelta(minutes=30)
        assert credential.version == 1
        assert (after.refresh_token != before.refresh_token) == (network in ROTATING)
        assert bool(after.refresh_token) == (network in ROTATING + STATIC)
        assert due(renewal.RENEWAL) == []

    @pytest.mark.parametrize("network", ["twitter", "tiktok", "pinterest", "linkedin", "youtube"])
    def test_without_a_refresh_token_there_is_nothing_to_renew(self, alice, sandbox, network):
        alice.connected(network)
        nearly_over()
        assert due(renewal.RENEWAL) == []

    def test_instagram_is_not_renewed_on_its_first_day(self, alice, sandbox):
        connect(alice, "instagram")
        nearly_over()
        Credential.objects.update(obtained_at=timezone.now() - timedelta(hours=23))
        assert due(renewal.RENEWAL) == []

    @pytest.mark.parametrize("status", ["suspended", "disconnected"])
    def test_suspended_and_disconnected_ones_rest(self, alice, sandbox, status):
        connect(alice, "twitter")
        nearly_over()
        SocialNetwork.objects.update(status=status)
        assert due(renewal.RENEWAL) == []

    @pytest.mark.parametrize("network", ["twitter", "youtube"])
    def test_where_our_own_keys_read_it_is_renewed_once_a_week(self, alice, sandbox, network):
        """Its access token lives for an hour or two: renewing it ahead of every end would be for nothing."""
        connect(alice, network)
        credential = Credential.objects.get()
        assert credential.due_at == credential.obtained_at + timedelta(days=7)

    def test_a_commit_whose_answer_is_lost_revokes_nothing(self, alice, sandbox, monkeypatch):
        pk = connect(alice, "twitter")
        nearly_over()
        keep, times = renewed_tokens.write_renewed, []

        def lost_answer(*arguments):
            word = keep(*arguments)
            times.append(word)
            if len(times) == 1:
                return keep(*arguments)  # as after a reconnect: the first try is there
            return word

        monkeypatch.setattr(renewal, "write_renewed", lost_answer)
        renewal.renew(pk)
        assert times == ["renewed"]
        assert not Revocation.objects.exists()

    def test_no_more_than_the_budget_has_room_for(self, alice, sandbox, settings):
        for number in range(3):
            connect(alice, "tiktok", f"m{number}")
        nearly_over()
        settings.PROVIDER_BUDGETS = {**settings.PROVIDER_BUDGETS, "tiktok": {"calls": 20, "seconds": 3600}}
        handed_out = [pk for claim in renewal.RENEWAL.claim_due(timezone.now()) for pk in claim.ids]
        assert len(handed_out) == 2
        Credential.objects.update(lease_until=None)
        assert [renewal.renew(pk) for pk in handed_out] == ["renewed", "renewed"]
        late = SocialNetwork.objects.exclude(pk__in=handed_out).get()
        assert renewal.renew(late.pk) == "postponed"
        assert (late.health, late.credential.failures) == (Health.HEALTHY, 0)

    def test_what_nothing_can_renew_is_announced(self, alice, sandbox):
        alice.connected("linkedin")
        Credential.objects.update(expires_at=timezone.now() + timedelta(days=10))
        ends.keep_ends(Credential.objects.get().pk, timezone.now())
        assert ends.warn_of_ends(timezone.now()) == 1
        assert SocialNetwork.objects.get().health == Health.EXPIRING
        assert ends.warn_of_ends(timezone.now()) == 0
        assert alice.connect("linkedin").status_code == 200  # connecting again is a gain then
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_the_task_finds_its_work(self, alice, sandbox, monkeypatch):
        pk = connect(alice, "tiktok")
        nearly_over()
        sent = []
        monkeypatch.setattr(tasks.renew_credentials, "apply_async", lambda **options: sent.append(options["kwargs"]))
        tasks.plan_renewals()
        tasks.plan_renewals()
        assert [(message["lane"], message["ids"]) for message in sent] == [("tiktok", [pk])]
        tasks.renew_credentials(**sent[0])
        assert Credential.objects.get().version == 1


@pytest.mark.django_db
class TestWhatGoesWrong:
    @pytest.fixture
    def pk(self, alice, sandbox):
        pk = connect(alice, "twitter")
        nearly_over()
        return pk

    def test_an_outage_changes_nothing(self, pk, monkeypatch):
        def down(secret):
            raise Unavailable(retry_after=120)

        before = Credential.objects.get()
        monkeypatch.setattr(adapter_for("twitter"), "renew", down)
        assert renewal.renew(pk) == "postponed"
        after = Credential.objects.get()
        assert (after.access_cipher, after.version) == (before.access_cipher, 0)
        assert after.due_at > timezone.now() + timedelta(seconds=100)
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_dead_counts_when_said_twice(self, pk, settings):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(minutes=10)
        read_token(Credential.objects.get().open().refresh_token, "twitter").revoke()
        assert renewal.renew(pk) == "refused"
        assert SocialNetwork.objects.get().health == Health.SUSPECT
        assert renewal.renew(pk) == "in other hands"  # not before the ten minutes
        SocialNetwork.objects.update(health_since=timezone.now() - timedelta(minutes=11))
        Credential.objects.update(due_at=timezone.now(), lease_until=None)
        assert renewal.renew(pk) == "refused"
        assert SocialNetwork.objects.get().health == Health.REAUTH_REQUIRED

    def test_a_lost_race_is_no_dead_token(self, pk, monkeypatch):
        adapter = adapter_for("twitter")
        renew = adapter.renew

        def rival_first(secret):
            Credential.objects.update(version=1)
            renew(secret)
            return renew(secret)  # spent by then: the provider says dead

        monkeypatch.setattr(adapter, "renew", rival_first)
        assert renewal.renew(pk) == "overtaken"
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_tokens_of_a_network_disconnected_meanwhile_are_revoked(self, alice, pk, monkeypatch):
        adapter = adapter_for("twitter")
        renew = adapter.renew
        monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)

        def disconnected(secret):
            tokens = renew(secret)
            alice.ok("network/disconnect/", {"network_id": pk})
            return tokens

        monkeypatch.setattr(adapter, "renew", disconnected)
        assert renewal.renew(pk) == "overtaken"
        assert not Credential.objects.exists()
        assert Revocation.objects.filter(network=None, finished_at=None).count() == 1

    def test_a_renewer_killed_before_its_commit_is_never_silent(self, pk, settings):
        """The provider has rotated, we have not written: the next attempt is refused, and twice that is reauth."""
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        adapter_for("twitter").renew(Credential.objects.get().open())
        Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        words = []
        for _ in range(2):
            Credential.objects.update(due_at=timezone.now(), lease_until=None)
            words.append(renewal.renew(pk))
        assert words == ["refused", "refused"]
        assert SocialNetwork.objects.get().health == Health.REAUTH_REQUIRED

    def test_an_answer_without_a_refresh_token_keeps_the_old_one(self, alice, sandbox):
        pk = connect(alice, "linkedin")
        before = Credential.objects.get().open().refresh_token
        nearly_over()
        renewal.renew(pk)
        assert Credential.objects.get().open().refresh_token == before != ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_sixteen_workers_never_use_a_refresh_token_twice(sandbox, monkeypatch):
    monkeypatch.setattr("social_auth.wire.http.PLACES", 64)
    monkeypatch.setattr("social_auth.wire.http._places", {})
    user = UserFactory()
    soon = timezone.now() + timedelta(minutes=5)
    pks = []
    for number in range(150):
        token = mint(ROTATING[number % 3], f"m{number}")
        network = NetworkFactory(
            connected=True, user=user, network=token.network, provider_uid=token.holder.uid(token.app)
        )
        CredentialFactory(
            due=True,
            network=network,
            access_token=str(token),
            refresh_token=str(token.sibling("refresh")),
            expires_at=soon,
        )
        pks.append(network.pk)

    def work(_):
        try:
            return [renewal.renew(pk) for pk in pks]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        words = [word for done in pool.map(work, range(16)) for word in done]

    assert words.count("refused") == 0
    assert not SocialNetwork.objects.exclude(health="healthy").exists()
    assert not Credential.objects.filter(version=0).exists()
    for credential in Credential.objects.select_related("network"):
        refresh = read_token(credential.open().refresh_token, credential.network.network)
        assert not refresh.dead


@pytest.mark.django_db
class TestSecondReview:
    @pytest.fixture
    def pk(self, alice, sandbox):
        pk = connect(alice, "twitter")
        nearly_over()
        return pk

    def test_a_message_delivered_twice_renews_once(self, pk):
        assert [renewal.renew(pk) for _ in range(3)] == ["renewed", "in other hands", "in other hands"]
        assert Credential.objects.get().version == 1

    def test_a_renewal_that_is_late_does_not_overwrite_a_new_connection(self, alice, pk, monkeypatch):
        adapter = adapter_for("twitter")
        renew = adapter.renew
        monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)

        def reconnected(secret):
            tokens = renew(secret)
            alice.ok("network/disconnect/", {"network_id": pk})
            monkeypatch.setattr(adapter, "renew", renew)
            connect(alice, "twitter")
            return tokens

        monkeypatch.setattr(adapter, "renew", reconnected)
        assert renewal.renew(pk) == "overtaken"
        fresh = Credential.objects.get().open()
        assert not read_token(fresh.refresh_token, "twitter").dead

    def test_an_answer_without_an_end_is_no_loop(self, pk, monkeypatch):
        adapter = adapter_for("twitter")
        renew = adapter.renew
        monkeypatch.setattr(adapter, "renew", lambda secret: replace(renew(secret), expires_at=None))
        assert renewal.renew(pk) == "renewed"
        assert due(renewal.RENEWAL) == []

    def test_a_mass_refusal_is_not_believed(self, alice, sandbox):
        for number in range(40):
            token = mint("tiktok", f"m{number}")
            network = NetworkFactory(connected=True, user=alice.user, network="tiktok")
            CredentialFactory(due=True, network=network, access_token=str(token), refresh_token="refused")
            renewal.renew(network.pk)
        assert SocialNetwork.objects.filter(health=Health.SUSPECT).count() <= 20

    def test_an_instagram_token_of_unknown_end_is_renewed_too(self, alice, sandbox):
        pk = alice.connected("instagram", kind="long")
        assert Credential.objects.get().expires_at is None
        ago = timezone.now() - timedelta(days=2)
        Credential.objects.update(obtained_at=ago, due_at=ago + timedelta(days=1))
        assert due(renewal.RENEWAL) == [pk]
        assert renewal.renew(pk) == "renewed"
        assert Credential.objects.get().expires_at is not None

    def test_an_outage_after_the_exchange_does_not_end_the_live_grant(self, alice, sandbox, monkeypatch):
        connect(alice, "youtube")
        monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)

        def down(*_):
            raise Unavailable

        token = mint("youtube", "maya")
        with monkeypatch.context() as patch:
            patch.setattr(adapter_for("youtube"), "prove", down)
            code = {"code": str(mint("youtube", "maya", kind="code")), "code_verifier": "v", "redirect_uri": "r"}
            assert alice.post("auth/google/", code).status_code == 503
            body = posted(token) | {"refresh_token": str(token.sibling("refresh"))}
            assert alice.post("auth/google/", body).status_code == 503
        exchanges.give_up(timezone.now() + timedelta(seconds=exchanges.KEPT))
        assert Revocation.objects.count() == 1  # of the code; the refresh token is as good as before
        Revocation.objects.update(due_at=timezone.now())
        tasks.revoke(pk=Revocation.objects.get().pk)
        assert Revocation.objects.get().answer == "the account is connected: left alone"

    def test_a_deadlock_after_the_exchange_is_tried_again(self, alice, sandbox):
        from django.db import OperationalError

        from connect.database import retries

        tries = []

        def sometimes():
            tries.append(1)
            if len(tries) < 3:
                raise OperationalError("deadlock detected")
            return "done"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retries, "connection", SimpleNamespace(in_atomic_block=False, close=lambda: None))
            assert retries.retried(sometimes) == "done"
            with pytest.raises(OperationalError):
                retries.retried(lambda: (_ for _ in ()).throw(OperationalError("down")))
