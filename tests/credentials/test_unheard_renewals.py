"""A renewal that was asked for and never heard of may have spent the refresh token; one that was answered has not."""

import json
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from urllib3.exceptions import ReadTimeoutError

from social_auth.budgets.models import ProviderMinute
from social_auth.credentials import renewal
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import adapter_for
from social_auth.wire import transport
from tests.credentials.test_living_connections import connected

pytestmark = pytest.mark.django_db
NETWORKS = {
    "tiktok": (200, {"error": "invalid_grant", "error_description": "Refresh token is invalid or expired."}),
    "twitter": (400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}),
    "pinterest": (400, {"code": 1, "message": "Invalid refresh token", "status": "failure", "error": "invalid_grant"}),
}
LIMITED = 429, {"title": "Too Many Requests"}
ILL = 500, {"error": "internal_error"}
CLOSED = 503, None
GATEWAY = 504, "<html>Gateway Time-out</html>"
GARBAGE = 200, '{"access_token": "'
NO_TOKEN = 200, {"scope": "x"}


@pytest.fixture(params=NETWORKS)
def network(request):
    return request.param


@pytest.fixture
def credential(alice, sandbox, network):
    connected(alice, network)
    return Credential.objects.get()


@pytest.fixture
def renewed(credential, network, garbage, settings, monkeypatch):
    """Renew with that as the answer, and return what came of it."""

    def renew(answer):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.status, body = answer
        garbage.body = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        return outcome(network)

    return renew


def outcome(network):
    adapter_for(network).breaker.reset()
    Credential.objects.update(due_at=timezone.now(), asked_at=F("asked_at") - timedelta(minutes=15))
    return renewal.renew(Credential.objects.get().pk)


def lost(network):
    return sum(ProviderMinute.objects.filter(network=network).values_list("lost", flat=True))


@pytest.mark.parametrize("answer", [LIMITED, ILL, CLOSED])
def test_a_refusal_after_an_answer_that_was_heard_is_no_lost_answer(network, renewed, answer):
    assert renewed(answer) == "postponed"
    assert Credential.objects.get().asked_at is None
    assert renewed(NETWORKS[network]) == "refused"
    assert lost(network) == 0


@pytest.mark.parametrize("answer", [GATEWAY, GARBAGE, NO_TOKEN])
def test_after_one_that_says_nothing_it_is(network, renewed, answer):
    assert renewed(answer) == "postponed"
    assert renewed(NETWORKS[network]) == "refused"
    assert lost(network) == 1


def test_after_silence_it_is_whatever_was_answered_between(network, renewed, monkeypatch):
    def silence(*_, **__):
        raise ReadTimeoutError(None, "", "timed out")

    with monkeypatch.context() as patch:
        patch.setattr(transport, "send", silence)
        assert outcome(network) == "postponed"
    asked = Credential.objects.get().asked_at
    assert asked is not None
    assert renewed(LIMITED) == "postponed"
    assert Credential.objects.get().asked_at == asked - timedelta(minutes=15)  # which have passed
    assert renewed(NETWORKS[network]) == "refused"
    assert lost(network) == 1


def test_a_provider_that_was_not_reached_has_given_nothing(network, renewed, settings):
    settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"
    assert outcome(network) == "postponed"
    assert Credential.objects.get().asked_at is None
    assert renewed(NETWORKS[network]) == "refused"
    assert lost(network) == 0
