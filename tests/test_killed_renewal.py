"""A worker killed at each step of a renewal: before the call, after its answer, after Redis, after the database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connect.redis_client import our_redis
from connect.workflow import Health
from networks.models import SocialNetwork
from social_auth import renewing, rescue
from social_auth.models import Credential, ProviderMinute
from social_auth.providers import adapter_for
from social_auth.sandbox.tokens import read_token
from tests.test_living_connections import connected, renewals

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
            renewing.renew(pk)
    assert renewing.renew(pk) == "in other hands"
    Credential.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(seconds=1))


def lives(network):
    row = Credential.objects.get()
    assert SocialNetwork.objects.get().health == Health.HEALTHY
    return row.version, read_token(row.open().refresh_token, network).dead


def test_before_the_call(pk, network, sandbox, monkeypatch):
    renew_killed_at(monkeypatch, pk, adapter_for(network), "renew")
    assert renewing.renew(pk) == "renewed"
    assert lives(network) == (1, False)
    assert len(renewals(sandbox)) == 1


def test_after_the_answer_nothing_can_save_it_and_it_is_counted(pk, network, sandbox, monkeypatch):
    renew_killed_at(monkeypatch, pk, rescue, "keep")
    assert renewing.renew(pk) == "refused"
    assert ProviderMinute.objects.get(network=network).lost == 1
    assert SocialNetwork.objects.get().health != Health.REAUTH_REQUIRED  # not by one word


def test_after_redis(pk, network, sandbox, monkeypatch):
    renew_killed_at(monkeypatch, pk, renewing, "_keep")
    assert renewing.renew(pk) == "renewed"
    assert lives(network) == (1, False)
    assert len(renewals(sandbox)) == 1


def test_after_the_database(pk, network, sandbox, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rescue, "forget", killed)
        with pytest.raises(Killed):
            renewing.renew(pk)
    assert lives(network) == (1, False)
    assert our_redis().keys(f"renewed:{pk}:0:*")  # of the version before: nobody asks for it
    assert renewing.renew(pk) == "in other hands"
    Credential.objects.update(due_at=timezone.now())
    assert renewing.renew(pk) == "renewed"
    assert lives(network) == (2, False)
    assert len(renewals(sandbox)) == 2
