"""Throttles: exact under many threads, told in standard headers, and by the address that our own proxies saw."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.core.internal.ratelimit import get_ip

from connect.api.throttling import Limit, Throttled, address_to_count, client_address, limit_of
from connect.redis_client import our_redis
from social_auth.sandbox.tokens import mint
from tests.support.api import a_claim, posted

LONG = {"address": (1_000, 86_400), "user": (1_000, 86_400), "connect": (1_000, 86_400)}


@pytest.fixture(autouse=True)
def _on(settings):
    settings.RATE_LIMITS_ON = True
    settings.THROTTLES = dict(LONG)
    client = our_redis()
    if keys := client.keys("throttle:*"):
        client.delete(*keys)


def test_exact_under_two_hundred_threads():
    limit = Limit("test", 100, 86_400)

    def call(_):
        try:
            return limit.take("somebody") is not None
        except Throttled:
            return False

    with ThreadPoolExecutor(200) as pool:
        assert sum(pool.map(call, range(1_000))) == 100


def test_calls_come_back_one_by_one(monkeypatch):
    limit = Limit("test", 4, 2)
    left = [limit.take("somebody").left for _ in range(4)]
    assert left == [3, 2, 1, 0]
    with pytest.raises(Throttled) as refused:
        limit.take("somebody")
    assert refused.value.usage.reset == 1


@pytest.mark.django_db
class TestOverHttp:
    def test_headers_and_the_refusal(self, alice, settings):
        settings.THROTTLES["user"] = (2, 86_400)
        first = alice.post("get/networks/")
        assert first.headers["RateLimit-Policy"] == '"user";q=2;w=86400'
        assert first.headers["RateLimit"].startswith('"user";r=1;t=')
        assert alice.post("get/networks/").status_code == 200
        refused = alice.post("get/networks/")
        assert refused.status_code == 429
        told = refused.json()
        assert (told["error"], told["message"]) == ("rate_limited", "Too many requests")
        assert int(refused.headers["Retry-After"]) == told["retry_after"] > 40_000
        assert refused.headers["RateLimit"].startswith('"user";r=0;t=')

    def test_each_user_has_an_own_count(self, alice, bob, settings):
        settings.THROTTLES["user"] = (1, 86_400)
        assert [creator.post("get/networks/").status_code for creator in (alice, bob, alice)] == [200, 200, 429]

    def test_an_address_is_counted_before_anybody_is_signed_in(self, client, settings):
        settings.THROTTLES["address"] = (2, 86_400)
        codes = [client.post("/api/get/networks/").status_code for _ in range(3)]
        assert codes == [401, 401, 429]

    def test_each_connect_costs(self, alice, sandbox, settings):
        settings.THROTTLES["connect"] = (1, 86_400)
        assert alice.connect("tiktok").status_code == 200
        assert alice.connect("instagram").status_code == 429
        assert len([call for call in sandbox.calls if "instagram" in str(call)]) == 0
        assert alice.post("get/networks/").status_code == 200

    def test_a_repeated_call_by_key_is_refused_as_well_and_not_kept(self, alice, settings):
        settings.THROTTLES["user"] = (1, 86_400)
        key = {"Idempotency-Key": "k"}
        assert alice.post("action/network/approval/", a_claim(), **key).status_code == 200
        assert alice.post("action/network/approval/", a_claim(), **key).status_code == 429
        settings.THROTTLES["user"] = (1_000, 86_400)
        our_redis().flushdb()
        assert alice.post("action/network/approval/", a_claim(), **key).status_code == 200

    def test_without_redis_nobody_is_held_up(self, alice, settings, sandbox):
        settings.THROTTLES["user"] = (1, 86_400)
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        answers = [alice.post("get/networks/") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert "RateLimit" not in answers[0].headers
        assert alice.post("auth/tiktok/", posted(mint("tiktok", "maya"))).status_code == 200

    def test_off_in_development(self, alice, settings):
        settings.RATE_LIMITS_ON = False
        settings.THROTTLES["user"] = (1, 86_400)
        assert limit_of("user") is None
        assert [alice.post("get/networks/").status_code for _ in range(3)] == [200] * 3


class TestAddress:
    @pytest.mark.parametrize(
        ("count", "told", "address"),
        [(0, "1.1.1.1", "9.9.9.9"), (1, "1.1.1.1", "1.1.1.1"), (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
         (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"), (2, "1.1.1.1", "9.9.9.9"), (1, "nonsense", "9.9.9.9"),
         (1, "", "9.9.9.9"), (1, "1.1.1.1, ", "9.9.9.9"), (1, "2606:4700::1111", "2606:4700::1111"),
         (1, "::ffff:1.1.1.1", "1.1.1.1")],
    )  # fmt: skip
    def test_only_what_our_own_proxies_say(self, rf, settings, count, told, address):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
        request = rf.get("/", headers={"X-Forwarded-For": told}, REMOTE_ADDR="9.9.9.9")
        assert client_address(request) == address

    @pytest.mark.parametrize(
        ("address", "counted"),
        [("1.1.1.1", "1.1.1.1"), ("2606:4700:0:1:2:3:4:5", "2606:4700:0:1::/64"), ("fe80::1%eth0", "fe80::/64"),
         ("", ""), ("unix:", "unix:")],
    )  # fmt: skip
    def test_ipv6_is_counted_by_what_one_customer_has(self, address, counted):
        assert address_to_count(address) == counted

    @pytest.mark.django_db
    def test_over_http(self, alice, settings):
        settings.THROTTLES["address"] = (2, 86_400)
        told = [
            alice.client.post("/api/get/networks/", REMOTE_ADDR=f"2606:4700::{number}").status_code
            for number in range(1, 4)
        ]
        assert told == [401, 401, 429]
        told = [
            alice.client.post("/api/get/networks/", REMOTE_ADDR=f"::ffff:203.0.113.{number}").status_code
            for number in range(1, 4)
        ]
        assert told == [401, 401, 401]

    def test_limits_of_the_sign_in_tell_ipv4_callers_apart(self, rf):
        """Servers on both families write IPv4 as IPv6; allauth would count all of it as one /64."""
        counted = [get_ip(rf.get("/", REMOTE_ADDR=f"::ffff:203.0.113.{number}")) for number in (1, 2)]
        assert counted == ["203.0.113.1", "203.0.113.2"]

    def test_metrics_behind_a_proxy(self, client, settings):
        settings.METRICS_OPEN = False
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
