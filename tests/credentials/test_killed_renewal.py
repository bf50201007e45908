"""A worker killed at each step of a renewal: before the call, after its answer, after Redis, after the database."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import redis
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from connect.database import retries
from connect.moderation.workflow import Health
from connect.redis_client import our_redis
from networks.models import SocialNetwork
from social_auth.budgets.models import ProviderMinute
from social_auth.credentials import renewal, renewed_tokens, rescue, tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.tokens import read_token
from tests.credentials.test_living_connections import connected, renewals

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Nothing is cleaned up after it."""


def killed(*_):
    raise Killed


@pytest.fixture(params=["twitter", "tiktok", "pinterest"])
def network(request):
    """A provider whose refresh tokens are good once."""
    return request.param


@pytest.fixture
def pk(alice, sandbox, network):
    pk = connected(alice, network)
    Credential.objects.update(due_at=timezone.now())
    sandbox.calls.clear()
    return pk


def renew_killed_at(monkeypatch, pk, place, step):
    """Renew until that step, and let the lease of the dead worker run out."""
    with monkeypatch.context() as patch:
        patch.setattr(place, step, killed)
        with pytest.raises(Killed):
            renewal.renew(pk)
    assert renewal.renew(pk) == "in other hands"
    Credential.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(seconds=1))


def is_dead_for_certain():
    """Let pass what a task may take: until then whoever asked may be about to write the answer."""
    assert renewal.renew(Credential.objects.get().pk) == "postponed"
    ago = timezone.now() - timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 1)
    Credential.objects.update(asked_at=ago, due_at=timezone.now())


def lives(network):
    row = Credential.objects.get()
    assert SocialNetwork.objects.get().health == Health.HEALTHY
    return row.version, read_token(row.open().refresh_token, network).dead


def test_before_the_call(pk, network, sandbox, monkeypatch):
    renew_killed_at(monkeypatch, pk, adapter_for(network), "renew")
    is_dead_for_certain()
    assert renewal.renew(pk) == "renewed"
    assert lives(network) == (1, False)
    assert len(renewals(sandbox)) == 1


def test_after_the_answer_nothing_can_save_it_and_it_is_counted(pk, network, sandbox, monkeypatch):
    renew_killed_at(monkeypatch, pk, rescue, "keep")
    is_dead_for_certain()
    assert renewal.renew(pk) == "refused"
    assert ProviderMinute.objects.get(network=network).lost == 1
    assert SocialNetwork.objects.get().health != Health.REAUTH_REQUIRED  # not by one word


def test_after_redis(pk, network, sandbox, monkeypatch):
    renew_killed_at(monkeypatch, pk, renewal, "write_renewed")
    assert renewal.renew(pk) == "renewed"
    assert lives(network) == (1, False)
    assert len(renewals(sandbox)) == 1


@pytest.mark.parametrize("redis_is_away", [False, True])
def test_after_redis_and_a_connect_without_a_refresh_token_came(
    alice, pk, network, sandbox, monkeypatch, redis_is_away
):
    """The row holds the spent refresh token under another version then."""
    renew_killed_at(monkeypatch, pk, renewal, "write_renewed")
    SocialNetwork.objects.update(health=Health.SUSPECT)  # a healthy one needs no other token
    assert alice.connected(network) == pk
    Credential.objects.update(due_at=timezone.now())
    if redis_is_away:
        with monkeypatch.context() as patch:
            patch.setattr(type(our_redis()), "mget", Mock(side_effect=redis.ConnectionError))
            assert renewal.renew(pk) == "postponed"
        Credential.objects.update(due_at=timezone.now())
    assert renewal.renew(pk) == "renewed"
    assert lives(network) == (2, False)
    Credential.objects.update(due_at=timezone.now())
    assert renewal.renew(pk) == "renewed"
    assert lives(network) == (3, False)
    assert len(renewals(sandbox)) == 2


def test_after_redis_and_its_owner_disconnects(
    alice, pk, network, sandbox, monkeypatch, django_capture_on_commit_callbacks
):
    """What no row has is revoked as well, and forgotten."""
    renew_killed_at(monkeypatch, pk, renewal, "write_renewed")
    kept = read_token(rescue.find(Credential.objects.get()).open_refresh_token(), network)
    monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)
    with django_capture_on_commit_callbacks(execute=True):
        alice.ok("network/disconnect/", {"network_id": pk})
    assert not our_redis().keys(f"renewed:{pk}:*")
    for revocation in Revocation.objects.filter(finished_at=None):
        tasks.revoke(pk=revocation.pk)
    assert Revocation.objects.filter(answer="revoked").exists() == kept.dead == (network != "pinterest")


def test_after_the_database(pk, network, sandbox, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rescue, "forget", killed)
        with pytest.raises(Killed):
            renewal.renew(pk)
    assert lives(network) == (1, False)
    assert our_redis().keys(f"renewed:{pk}:*")  # of the token before: nobody asks for it
    assert renewal.renew(pk) == "in other hands"
    Credential.objects.update(due_at=timezone.now())
    assert renewal.renew(pk) == "renewed"
    assert lives(network) == (2, False)
    assert len(renewals(sandbox)) == 2


@pytest.mark.django_db(transaction=True)
class TestWritingTakesLongerThanTheLease:
    """The database is away while the answer is written; when it is back, another worker has the credential first."""

    @pytest.fixture
    def others(self, pk, monkeypatch):
        """What came of it in the hands of whoever claims it in the first pause of writing."""
        words, keep = [], renewed_tokens.write_renewed

        def away(*arguments):
            monkeypatch.setattr(renewal, "write_renewed", keep)
            raise OperationalError("the database is away")

        def pause(_):
            Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            words.append(renewal.renew(pk))

        monkeypatch.setattr(renewal, "write_renewed", away)
        monkeypatch.setattr(retries.time, "sleep", pause)
        return words

    def test_the_other_writes_what_was_kept_aside(self, pk, others, network, sandbox):
        assert renewal.renew(pk) == "renewed"
        assert others == ["renewed"]
        assert lives(network) == (1, False)
        assert len(renewals(sandbox)) == 1
        assert not Revocation.objects.exists()

    def test_the_other_waits_if_nothing_was_kept_aside(self, pk, others, network, sandbox, monkeypatch):
        monkeypatch.setattr(rescue, "keep", lambda *_: None)  # Redis was away as well, and is back
        assert renewal.renew(pk) == "renewed"
        assert others == ["postponed"]
        assert lives(network) == (1, False)
        assert len(renewals(sandbox)) == 1


def test_who_lost_the_claim_before_asking_does_not_ask(pk, network, sandbox, monkeypatch):
    check = adapter_for(network).breaker.check

    def slow():
        check()
        Credential.objects.update(lease_token=10**9)

    monkeypatch.setattr(adapter_for(network).breaker, "check", slow)
    assert renewal.renew(pk) == "overtaken"
    assert not renewals(sandbox)
