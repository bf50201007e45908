"""A Redis that hangs costs a process one time-out in a while, whoever asks; what it is used for goes on without."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings as current
from django.utils import timezone

from connect import redis_client
from connect.redis_client import BreakerOpen, our_redis
from networks.models import SocialNetwork
from social_auth.assets import tasks as assets_tasks
from social_auth.credentials import tasks as credentials_tasks
from social_auth.refresh import batches, planning
from social_auth.refresh import tasks as refresh_tasks
from social_auth.sandbox.tokens import mint
from tests.support.api import posted
from tests.support.due import task

KEY = "test:redis-away"


@pytest.fixture
def hanging(silent, settings, monkeypatch):
    """Redis takes connections and never answers."""
    monkeypatch.setattr(redis_client, "PAUSE_SECONDS", 600.0)  # until the test says otherwise
    settings.REDIS_URL = f"redis://127.0.0.1:{silent.port}/0"
    return silent


def seconds(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


def silence():
    """Ask, and be told that there is no answer."""
    with pytest.raises(redis.TimeoutError):
        our_redis().get(KEY)


class TestBreaker:
    def test_one_time_out_serves_all_threads(self, hanging):
        silence()

        def asks(_):
            with pytest.raises(BreakerOpen):
                our_redis().get(KEY)

        with ThreadPoolExecutor(20) as pool:
            assert seconds(lambda: list(pool.map(asks, range(200)))) < 1
        assert len(hanging.taken) == 1

    def test_after_a_while_one_tries_and_the_others_go_on_without(self, hanging):
        silence()
        our_redis().breaker._silent_until = time.monotonic() - 1

        def asks(_):
            try:
                our_redis().get(KEY)
            except redis.RedisError as error:
                return type(error)

        with ThreadPoolExecutor(20) as pool:
            met = list(pool.map(asks, range(50)))
        assert met.count(redis.TimeoutError) == 1
        assert len(hanging.taken) == 2

    def test_the_one_that_is_answered_lets_all_in_again(self):
        breaker = our_redis().breaker
        breaker.failed(redis.TimeoutError())
        with pytest.raises(BreakerOpen):
            our_redis().get(KEY)
        breaker._silent_until = time.monotonic() - 1
        assert [our_redis().get(KEY) for _ in range(3)] == [None] * 3

    def test_what_must_not_be_lost_is_written_at_any_rate(self):
        our_redis().breaker.failed(redis.TimeoutError())
        our_redis().set_past_breaker(KEY, "kept", ex=60)
        assert our_redis().getdel(KEY) == "kept"

    def test_an_answer_that_is_an_error_is_an_answer(self):
        our_redis().set(KEY, "text", ex=60)
        with pytest.raises(redis.ResponseError):
            our_redis().incr(KEY)
        assert our_redis().getdel(KEY) == "text"

    def test_connections_that_redis_closed_meanwhile_are_no_silence(self):
        our_redis().ping()
        other = redis.Redis.from_url(current.REDIS_URL)
        other.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        our_redis().ping()


@pytest.mark.django_db
class TestWhatHangs:
    def test_lists(self, alice, hanging, settings):
        settings.RATE_LIMITS_ON = True
        assert seconds(lambda: [alice.ok("get/networks/") for _ in range(10)]) < 2
        assert len(hanging.taken) == 1

    def test_network_types(self, client, hanging):
        assert seconds(lambda: client.post("/api/get/network-types/")) < 2
        assert len(hanging.taken) == 1

    def test_the_state_of_everything(self, client, hanging):
        assert seconds(lambda: [client.get("/health/") for _ in range(5)]) < 3
        assert client.get("/health/").json()["redis"] == "failed: BreakerOpen"
        assert client.get("/health/ready").status_code == 200

    def test_refreshing_goes_on(self, alice, hanging, sandbox):
        for number in range(5):
            alice.connected("pinterest", f"c{number}")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        claims = list(planning.REFRESH.claim_due(timezone.now()))
        assert seconds(lambda: [batches.refresh_batch(one.lane, one.token, one.ids) for one in claims]) < 4
        assert not SocialNetwork.objects.filter(read_at__isnull=True).exists()
        assert len(hanging.taken) == 1

    @pytest.mark.parametrize("planner", ["plan_refresh", "plan_renewals", "plan_discoveries", "plan_webhooks"])
    def test_a_planner_claims_nothing_that_it_could_not_send(self, alice, hanging, sandbox, planner):
        alice.connected("tiktok", "maya")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        with pytest.raises(redis.RedisError):
            task(planner)()
        assert not SocialNetwork.objects.filter(lease_until__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
class TestHints:
    def test_no_call_waits_for_the_broker(self, alice, hanging, sandbox, monkeypatch):
        for hinted in (assets_tasks.discover, credentials_tasks.revoke, refresh_tasks.refresh_one):
            monkeypatch.setattr(hinted, "apply_async", lambda **_: pytest.fail("the broker would hold this up"))
        for account in ("c1", "c2", "c3"):
            answer = alice.post("auth/facebook/", posted(mint("facebook", account)))
            assert answer.status_code == 200, answer.content
            alice.ok("network/disconnect/", {"network_id": answer.json()["network_id"]})
        assert len(hanging.taken) == 1
