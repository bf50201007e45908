"""Idempotency-Key: a repeated call has one effect and one answer, whatever was lost in between."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.utils import timezone

from connect.api.idempotency import IdempotencyKey
from networks.models import SocialNetwork
from social_auth.sandbox.tokens import mint
from tests.support.api import Creator, a_claim, alone, posted
from tests.support.calls import CALLS

pytestmark = pytest.mark.django_db
READS = ("get/", "network/status/", "callbacks/", "account/", "connect/link/", "(")
"""Or what may be done twice: another link is no harm, and a kept answer would keep its secret."""
WRITING = [call for call in CALLS if not call.path.startswith(READS)]
APPROVAL = "action/network/approval/"
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def keyed(creator, path, body, key=KEY, content="json"):
    return creator.post(path, body, content, **key)


class TestReplay:
    def test_the_same_answer_and_one_effect(self, alice):
        first = keyed(alice, APPROVAL, a_claim())
        again = keyed(alice, APPROVAL, a_claim())
        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert SocialNetwork.objects.count() == 1

    def test_a_disconnect_that_is_repeated_is_no_error(self, alice):
        pk = alice.claim()
        answers = [keyed(alice, "network/disconnect/", {"network_id": pk}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert alice.refused("network/disconnect/", {"network_id": pk})[0] == 409

    def test_a_connect_is_asked_of_the_provider_once(self, alice, sandbox):
        body = posted(mint("instagram", "maya"))
        first = keyed(alice, "auth/instagram/", body)
        calls = len(sandbox.calls)
        again = keyed(alice, "auth/instagram/", body)
        assert (again.status_code, again.json()) == (200, first.json())
        assert len(sandbox.calls) == calls
        assert alice.refused("auth/instagram/", body)[0] == 409

    def test_so_is_a_refusal(self, alice):
        pk = alice.claim()
        alice.ok("network/disconnect/", {"network_id": pk})
        first = keyed(alice, "network/disconnect/", {"network_id": pk})
        SocialNetwork.objects.update(status="pending")
        again = keyed(alice, "network/disconnect/", {"network_id": pk})
        assert (again.status_code, again.json()) == (409, first.json())

    def test_with_the_quotation_marks_of_the_draft_it_is_the_same_key(self, alice):
        keyed(alice, APPROVAL, a_claim())
        quoted = {"Idempotency-Key": f'"{KEY["Idempotency-Key"]}"'}
        assert keyed(alice, APPROVAL, a_claim(), quoted).headers["Idempotency-Replayed"] == "true"

    @pytest.mark.parametrize("content", ["form", "multipart"])
    def test_in_every_content_type(self, alice, content):
        for replayed in (None, "true"):
            answer = keyed(alice, APPROVAL, a_claim(), content=content)
            assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (200, replayed)


class TestEveryCallThatWrites:
    """The first answer and the replayed one say the same, whatever the call."""

    @pytest.mark.parametrize("call", WRITING, ids=[call.path for call in WRITING])
    def test_is_replayed_as_it_was(self, alice, sandbox, call, monkeypatch):
        told = []

        def post(path, body=None, content="json", **_):
            told.extend(Creator.post(alice, path, body, content, **KEY) for _ in range(2))
            return told[-1]

        send = call.prepare(alice, 1)
        monkeypatch.setattr(alice, "post", post)
        send()
        first, again = told
        assert first.status_code == again.status_code == 200, first.content
        assert first.json() == again.json()
        assert again.headers["Idempotency-Replayed"] == "true"

    def test_refreshing_what_was_read_before(self, alice, sandbox):
        body = {"network_id": alice.connected("tiktok")}
        first, again = (keyed(alice, "network/refresh/", body) for _ in range(2))
        assert (first.status_code, first.json()) == (200, again.json())
        assert first.json()["followers_as_of"]

    def test_a_number_that_is_too_long(self, alice):
        answer = keyed(alice, "network/disconnect/", {"network_id": 10**19 * 9})
        assert answer.status_code in (400, 404)


class TestRefused:
    def test_another_body(self, alice):
        keyed(alice, APPROVAL, a_claim())
        answer = keyed(alice, APPROVAL, a_claim(name="other"))
        assert (answer.status_code, answer.json()["error"]) == (422, "idempotency_key_reused")
        assert SocialNetwork.objects.count() == 1

    def test_another_call(self, alice):
        keyed(alice, "network/disconnect/", {"network_id": alice.claim()})
        answer = keyed(alice, "network/refresh/", {"network_id": 1})
        assert answer.status_code == 422

    def test_while_the_first_runs(self, alice):
        keyed(alice, APPROVAL, a_claim())
        IdempotencyKey.objects.update(status=None, body=None)
        answer = keyed(alice, APPROVAL, a_claim())
        assert (answer.status_code, answer.json()["error"]) == (409, "idempotency_key_in_use")
        assert answer.headers["Retry-After"] == "1"

    @pytest.mark.parametrize("key", ["", '""', "x" * 256, "ä", "a\tb"])
    def test_what_is_no_key(self, alice, key):
        answer = keyed(alice, APPROVAL, a_claim(), {"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")
        assert not SocialNetwork.objects.exists()

    def test_somebody_elses_is_not_mine(self, alice, bob):
        keyed(alice, APPROVAL, a_claim())
        answer = keyed(bob, APPROVAL, a_claim())
        assert answer.json()["approval_id"] == SocialNetwork.objects.get(user=bob.user).pk


class TestNotKept:
    def test_a_failure_of_ours_or_theirs(self, alice, sandbox):
        body = posted(mint("instagram", "maya", state="5xx"))
        assert keyed(alice, "auth/instagram/", body).status_code == 503
        assert not IdempotencyKey.objects.exists()

    def test_a_500(self, alice, monkeypatch):
        def broken(*_, **__):
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr("connect.moderation.claims.accept_by_policy", broken)
            assert keyed(alice, APPROVAL, a_claim()).status_code == 500
        assert not SocialNetwork.objects.exists()
        assert keyed(alice, APPROVAL, a_claim()).status_code == 200

    def test_a_wrong_body(self, alice):
        assert keyed(alice, APPROVAL, {}).status_code == 400
        assert keyed(alice, APPROVAL, a_claim()).status_code == 200

    def test_what_reads_takes_no_key(self, alice):
        assert keyed(alice, "get/networks/", {}).status_code == 200
        assert not IdempotencyKey.objects.exists()

    def test_tokens(self, alice, sandbox):
        body = posted(mint("instagram", "maya"))
        keyed(alice, "auth/instagram/", body)
        row = IdempotencyKey.objects.get()
        assert body["access_token"] not in f"{row.__dict__}"


class TestTime:
    def test_a_call_that_died_may_be_made_again(self, alice):
        keyed(alice, APPROVAL, a_claim())
        SocialNetwork.objects.all().delete()
        died = timezone.now() - timedelta(seconds=61)
        IdempotencyKey.objects.update(status=None, body=None, started_at=died)
        assert keyed(alice, APPROVAL, a_claim()).status_code == 200
        assert SocialNetwork.objects.count() == 1

    def test_one_that_was_overtaken_has_no_effect(self, alice, monkeypatch):
        from connect.moderation import claims

        real = claims.accept_by_policy

        def slow(*arguments):
            IdempotencyKey.objects.update(started_at=timezone.now() + timedelta(seconds=61))
            return real(*arguments)

        monkeypatch.setattr(claims, "accept_by_policy", slow)
        assert keyed(alice, APPROVAL, a_claim()).status_code == 409
        assert not SocialNetwork.objects.exists()

    def test_after_a_day_it_is_a_new_key(self, alice):
        keyed(alice, APPROVAL, a_claim())
        IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(hours=25))
        assert keyed(alice, APPROVAL, a_claim(name="other")).status_code == 200

    def test_old_ones_are_forgotten(self, alice):
        keyed(alice, APPROVAL, a_claim())
        assert IdempotencyKey.objects.forget(timezone.now()) == 0
        assert IdempotencyKey.objects.forget(timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_one(alice):
    answers, gate = [], Barrier(8)

    def tap():
        gate.wait()
        answers.append(keyed(alice, APPROVAL, a_claim()))

    threads = [Thread(target=alone(tap)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers if answer.status_code == 200) == 1
    assert SocialNetwork.objects.count() == 1
    assert keyed(alice, APPROVAL, a_claim()).headers["Idempotency-Replayed"] == "true"
