"""Disconnecting: the secret is gone at once, the provider is told after the commit, and again until it answers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.credentials import tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.credentials.revocation import MAX_ATTEMPTS
from social_auth.providers.adapters import adapter_for
from social_auth.wire.outcomes import Unavailable

pytestmark = pytest.mark.django_db
REVOKING = ("facebook", "youtube", "twitter", "tiktok", "linkedin")


def disconnect(creator, pk):
    creator.ok("network/disconnect/", {"network_id": pk})


@pytest.fixture
def by_hand(monkeypatch):
    """Let nothing reach the broker: the test is the worker."""
    monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)


@pytest.mark.parametrize("network", REVOKING)
def test_it_is_revoked_upstream(alice, sandbox, by_hand, network):
    pk = alice.connected(network)
    disconnect(alice, pk)
    assert not Credential.objects.exists()
    sandbox.calls.clear()

    tasks.revoke(pk=Revocation.objects.get().pk)
    tasks.revoke(pk=Revocation.objects.get().pk)

    revocation = Revocation.objects.get()
    assert len([call for call in sandbox.calls if call.path != "/oauth/access_token"]) == 1
    assert revocation.finished_at
    assert revocation.answer in ("revoked", "permissions removed")
    assert revocation.access_cipher == revocation.refresh_cipher == ""


@pytest.mark.parametrize("network", ["instagram", "pinterest"])
def test_where_no_call_exists_the_record_says_so(alice, sandbox, by_hand, network):
    disconnect(alice, alice.connected(network))
    revocation = Revocation.objects.get()
    assert revocation.answer == "not offered by the provider"
    assert revocation.access_cipher == ""
    assert not Credential.objects.exists()


def test_claims_have_nothing_to_revoke(alice):
    disconnect(alice, alice.claim())
    assert not Revocation.objects.exists()


def test_it_is_enqueued_after_the_commit(alice, sandbox, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.revoke, "apply_async", lambda **options: sent.append(options["kwargs"]))
    pk = alice.connected("twitter")
    with django_capture_on_commit_callbacks(execute=True):
        disconnect(alice, pk)
        assert not sent
    assert sent == [{"pk": Revocation.objects.get().pk}]


def test_a_dead_broker_does_not_fail_the_request(alice, sandbox, monkeypatch, django_capture_on_commit_callbacks):
    def refuse(**_):
        raise ConnectionError("no broker")

    pk = alice.connected("twitter")
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(tasks.revoke, "apply_async", refuse)
        disconnect(alice, pk)

    found = []
    monkeypatch.setattr(tasks.revoke_tokens, "apply_async", lambda **options: found.append(options["kwargs"]))
    for _ in range(5):
        tasks.plan_revocations()
    assert [message["ids"] for message in found] == [[Revocation.objects.get().pk]]


def test_an_outage_is_retried_and_in_the_end_given_up(alice, sandbox, by_hand, monkeypatch):
    def down(secret, uid):
        raise Unavailable("twitter: outage")

    monkeypatch.setattr(adapter_for("twitter"), "revoke", down)
    disconnect(alice, alice.connected("twitter"))
    pk = Revocation.objects.get().pk

    for attempts in range(1, MAX_ATTEMPTS):
        tasks.revoke(pk=pk)
        revocation = Revocation.objects.get()
        assert (revocation.failures, revocation.finished_at) == (attempts, None)
        assert revocation.due_at > timezone.now() + timedelta(seconds=25)
        Revocation.objects.update(due_at=timezone.now())
    tasks.revoke(pk=pk)

    revocation = Revocation.objects.get()
    assert revocation.answer.startswith("given up after 12 attempts")
    assert revocation.access_cipher == ""


def test_a_dead_token_needs_no_revocation(alice, sandbox, by_hand):
    pk = alice.connected("tiktok")
    from social_auth.sandbox.tokens import read_token

    read_token(Credential.objects.get().open().access_token, "tiktok").revoke()
    disconnect(alice, pk)
    tasks.revoke(pk=Revocation.objects.get().pk)
    assert Revocation.objects.get().answer == "the token was dead already"


def test_a_failed_disconnect_keeps_the_credential(alice, sandbox, monkeypatch):
    alice.connected("twitter")
    network = SocialNetwork.objects.get()
    monkeypatch.setattr(Revocation, "take_over", lambda *_: 1 / 0)
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        network.disconnect(by=alice.user)
    assert Credential.objects.exists()
    assert SocialNetwork.objects.get().status == "pending"
