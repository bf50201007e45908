"""A creator asks for a fresh number: one job, one provider call per cooldown, the state of it at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.demo.factories import NetworkPauseFactory
from social_auth.refresh import batches, planning, tasks
from social_auth.sandbox.traits import set_traits
from tests.support.api import Creator, alone

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(time_machine, settings):
    settings.REFRESH_COOLDOWN = timedelta(minutes=10)
    time_machine.move_to(timezone.now(), tick=False)
    return lambda **after: time_machine.shift(timedelta(**after))


def ask(creator, pk):
    answer = creator.ok("network/refresh/", {"network_id": pk})
    return answer["state"], answer["retry_after"]


def calls(sandbox):
    return sum("/user/info" in call.path for call in sandbox.calls)


def test_from_queued_to_done(alice, sandbox, later):
    pk = alice.connected("tiktok")
    assert ask(alice, pk) == ("cooling_down", 600)  # it was read while it was connected
    later(minutes=10)
    set_traits("tiktok", "maya", followers=4711)
    sandbox.calls.clear()

    assert ask(alice, pk) == ("queued", 2)
    assert ask(alice, pk) == ("queued", 2)
    tasks.refresh_one(pk=pk)

    answer = alice.ok("network/refresh/", {"network_id": pk})
    assert (answer["state"], answer["retry_after"]) == ("done", 600)
    assert (answer["followers"], answer["followers_source"]) == (4711, "exact")
    assert answer["followers_as_of"]
    tasks.refresh_one(pk=pk)
    assert calls(sandbox) == 1


def test_a_job_in_flight_is_joined(alice, sandbox, later):
    pk = alice.connected("tiktok")
    later(minutes=11)
    ask(alice, pk)
    [batch] = planning.claim_wanted(pk, timezone.now())
    assert ask(alice, pk) == ("running", 2)
    assert not list(planning.claim_wanted(pk, timezone.now()))
    batches.refresh_batch(batch.lane, batch.token, batch.ids)
    assert ask(alice, pk)[0] == "done"


def test_a_failure_cools_down_as_well(alice, sandbox, later):
    pk = alice.connected("tiktok")
    later(minutes=11)
    set_traits("tiktok", "*", state="5xx")
    ask(alice, pk)
    tasks.refresh_one(pk=pk)
    sandbox.calls.clear()
    assert ask(alice, pk) == ("cooling_down", 600)
    tasks.refresh_one(pk=pk)
    assert calls(sandbox) == 0
    later(minutes=11)
    alice.sign_in_again()
    set_traits("tiktok", "*", state="ok")
    assert ask(alice, pk)[0] == "queued"


def test_who_waits_longer_keeps_the_place_and_a_lost_request_is_sent_again(
    alice, sandbox, later, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(tasks.refresh_one, "apply_async", lambda **arguments: sent.append(arguments["kwargs"]))
    pk = alice.connected("tiktok")
    later(minutes=11)
    due = timezone.now() - timedelta(minutes=5)
    SocialNetwork.objects.update(next_refresh_at=due, refresh_requested_at=timezone.now() - timedelta(days=30))
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert ask(alice, pk) == ("queued", 2)
    assert SocialNetwork.objects.get().next_refresh_at == due
    assert len(sent) == 1
    later(seconds=31)
    with django_capture_on_commit_callbacks(execute=True):
        ask(alice, pk)
    assert len(sent) == 2


def test_a_paused_network_is_not_read(alice, sandbox, later):
    pk = alice.connected("tiktok")
    later(minutes=11)
    NetworkPauseFactory(network="tiktok", until=timezone.now() + timedelta(minutes=10))
    sandbox.calls.clear()
    assert ask(alice, pk) == ("queued", 600)
    tasks.refresh_one(pk=pk)
    assert calls(sandbox) == 0


def test_a_planned_refresh_counts(alice, sandbox, later):
    pk = alice.connected("tiktok")
    later(hours=25)
    alice.sign_in_again()
    for batch in planning.REFRESH.claim_due(timezone.now()):
        batches.refresh_batch(batch.lane, batch.token, batch.ids)
    assert ask(alice, pk) == ("cooling_down", 600)


def test_x_once_a_utc_day(alice, sandbox, later, time_machine):
    time_machine.move_to(datetime(2027, 3, 1, 9, tzinfo=UTC), tick=False)
    alice = Creator("carol@example.org")
    pk = alice.connected("twitter")
    later(minutes=1)
    assert ask(alice, pk) == ("cooling_down", 15 * 3600 - 60)


def test_a_lost_message_is_found_by_the_planner(alice, sandbox, later):
    pk = alice.connected("tiktok")
    later(minutes=11)
    ask(alice, pk)
    assert [batch.ids for batch in planning.REFRESH.claim_due(timezone.now())] == [[pk]]


def test_the_task_is_sent_after_the_commit(alice, sandbox, later, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.refresh_one, "apply_async", lambda **arguments: sent.append(arguments["kwargs"]))
    pk = alice.connected("tiktok")
    later(minutes=11)
    with django_capture_on_commit_callbacks(execute=True):
        ask(alice, pk)
        ask(alice, pk)
    assert sent == [{"pk": pk}]


class TestWhatCannotBeRefreshed:
    def test_a_claim(self, alice):
        pk = alice.claim("tiktok", "maya")
        status, refusal = alice.refused("network/refresh/", {"network_id": pk})
        assert (status, refusal["error"]) == (409, "invalid_transition")
        assert "not connected" in refusal["message"]

    def test_a_disconnected_one(self, alice, sandbox):
        pk = alice.connected("tiktok")
        alice.ok("network/disconnect/", {"network_id": pk})
        assert alice.refused("network/refresh/", {"network_id": pk})[0] == 409

    def test_a_suspended_one(self, alice, sandbox, staff):
        pk = alice.connected("tiktok")
        SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
        assert alice.refused("network/refresh/", {"network_id": pk})[0] == 403

    def test_somebody_elses(self, alice, bob, sandbox):
        pk = alice.connected("tiktok")
        assert bob.refused("network/refresh/", {"network_id": pk})[0] == 403
        assert bob.refused("network/refresh/", {"network_id": 10**10})[0] == 404


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_call(sandbox, settings):
    settings.REFRESH_COOLDOWN = timedelta(minutes=10)
    alice = Creator("alice@example.org")
    pk = alice.connected("tiktok")
    SocialNetwork.objects.update(read_at=timezone.now() - timedelta(hours=1))
    sandbox.calls.clear()

    def round_trip(_):
        state = ask(alice, pk)[0]
        tasks.refresh_one(pk=pk)
        return state

    with ThreadPoolExecutor(10) as pool:
        states = set(pool.map(alone(round_trip), range(40)))
    assert states <= {"queued", "running", "done"}
    assert calls(sandbox) == 1
