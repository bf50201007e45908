"""What a code or a rotating refresh token was exchanged for, when nobody can say at that moment what it proves."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import redis
import time_machine
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from connect.api.idempotency import RUNS_FOR, IdempotencyKey
from connect.database import retries
from connect.redis_client import our_redis
from networks.models import SocialNetwork
from social_auth.budgets import shared_rate
from social_auth.connections import connection, exchanges, tokens
from social_auth.connections.tasks import give_up_exchanges
from social_auth.credentials import tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.credentials.revocation import attempt
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import read_token
from social_auth.sandbox.wire import Reply
from social_auth.wire.outcomes import Unavailable
from social_auth.wire.secret import Secret
from tests.sign_in.test_sign_in import with_credential
from tests.support.api import alone

pytestmark = pytest.mark.django_db
NETWORKS = ["facebook", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest"]
ROTATING = ["twitter", "tiktok", "pinterest"]
TOO_LATE = timedelta(minutes=16)


def is_exchange(call):
    return "code" in call.params or call.params.get("grant_type") == "refresh_token"


@pytest.fixture
def ill(sandbox, monkeypatch):
    """The providers go on exchanging, and answer everything else with 503, until it is set."""
    well, answer = Event(), type(sandbox).answer

    def half_ill(self, call):
        if is_exchange(call) or well.is_set():
            return answer(self, call)
        self.calls.append(call)
        return Reply(503, "<html>")

    monkeypatch.setattr(type(sandbox), "answer", half_ill)
    return well


@pytest.fixture
def without_redis(monkeypatch):
    """Redis neither takes nor tells what was exchanged."""

    def fail(*_, **__):
        raise redis.ConnectionError

    for command in ("set", "get", "hget", "hdel", "run_past_breaker", "delete"):
        monkeypatch.setattr(type(our_redis()), command, fail)


@pytest.fixture
def _no_database_for_the_connect(monkeypatch):
    """The database goes away while the provider is asked, and does not come back in time."""
    monkeypatch.setattr(retries, "QUICK", ())

    def gone(*_, **__):
        raise OperationalError("the connection is lost")

    for place, name in ((connection, "_settle_proof"), (tokens, "discard")):
        monkeypatch.setattr(place, name, gone)


def exchanged(sandbox):
    return len([call for call in sandbox.calls if is_exchange(call)])


def refused(who, network, body):
    status, told = who.refused(f"auth/{network}/", body)
    return status, told["error"]


def revoked():
    """What the providers were told to revoke, by now."""
    for revocation in Revocation.objects.filter(finished_at=None):
        attempt(revocation, timezone.now())
    return Counter(Revocation.objects.values_list("provider", flat=True))


class TestRepeat:
    @pytest.mark.parametrize("network", NETWORKS)
    def test_goes_on_from_the_exchanged_code(self, alice, sandbox, ill, network):
        code = minted(network, "maya", kind="code")
        for _ in range(2):
            assert refused(alice, network, code) == (503, "provider_unavailable")
        ill.set()
        alice.ok(f"auth/{network}/", code)
        assert exchanged(sandbox) == 1
        assert SocialNetwork.objects.get().verification_level == "app"
        assert not Revocation.objects.exists()
        assert refused(alice, network, code) == (400, "invalid_access_token")
        assert not our_redis().exists(exchanges.SHELF)

    @pytest.mark.parametrize("network", ROTATING)
    def test_goes_on_from_the_rotated_refresh_token(self, alice, sandbox, ill, network):
        body = minted(network, "maya", kind="refresh")
        assert refused(alice, network, body) == (503, "provider_unavailable")
        ill.set()
        alice.ok(f"auth/{network}/", body)
        assert exchanged(sandbox) == 1
        assert not read_token(Credential.objects.get().open().refresh_token, network).dead

    @pytest.mark.parametrize("network", ROTATING)
    def test_of_a_connect_that_succeeded_asks_nothing_with_a_spent_refresh_token(self, alice, bob, sandbox, network):
        """Asked, the provider would end the tokens that the connection lives on."""
        body = minted(network, "maya", kind="refresh")
        alice.ok(f"auth/{network}/", body)
        for who in (alice, bob):
            answer = who.post(f"auth/{network}/", body)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_access_token")
            assert answer.json()["field"] == "refresh_token"
        assert exchanged(sandbox) == 1
        assert not read_token(Credential.objects.get().open().refresh_token, network).dead

    def test_with_a_refresh_token_that_was_not_rotated_is_asked_about(self, alice, sandbox, monkeypatch):
        body, renew = minted("tiktok", "maya", kind="refresh"), adapter_for("tiktok").renew
        fresh = renew(Secret("", body["refresh_token"]))
        same = replace(fresh, refresh_token=body["refresh_token"])
        monkeypatch.setattr(adapter_for("tiktok"), "renew", lambda secret: same)
        for _ in range(2):
            alice.ok("auth/tiktok/", body)

    def test_keeps_what_the_exchange_told(self, alice, bob, sandbox, ill):
        code = minted("tiktok", "maya", kind="code")
        assert refused(alice, "tiktok", code)[0] == 503
        ill.set()
        alice.ok("auth/tiktok/", code)
        bob.ok("auth/tiktok/", minted("tiktok", "leo", kind="code"))
        after_a_repeat, at_once = Credential.objects.order_by("pk")
        assert after_a_repeat.scopes == at_once.scopes
        for end in ("expires_at", "grant_ends_at"):
            assert abs(getattr(after_a_repeat, end) - getattr(at_once, end)) < timedelta(minutes=1)

    def test_of_another_user_is_refused(self, alice, bob, sandbox, ill):
        code = minted("twitter", "maya", kind="code")
        assert refused(alice, "twitter", code)[0] == 503
        ill.set()
        assert refused(bob, "twitter", code) == (400, "invalid_access_token")
        assert with_credential("twitter", code).status_code == 400
        alice.ok("auth/twitter/", code)
        assert exchanged(sandbox) == 1

    def test_with_another_verifier_is_refused(self, alice, sandbox, ill):
        code = minted("twitter", "maya", kind="code")
        assert refused(alice, "twitter", code)[0] == 503
        ill.set()
        assert refused(alice, "twitter", code | {"code_verifier": "v" * 43}) == (400, "invalid_access_token")

    def test_that_is_refused_revokes(self, alice, bob, sandbox, ill):
        ill.set()
        bob.ok("auth/twitter/", minted("twitter", "maya", kind="code"))
        ill.clear()
        code = minted("twitter", "maya", kind="code")
        assert refused(alice, "twitter", code)[0] == 503
        ill.set()
        assert refused(alice, "twitter", code) == (409, "network_already_connected")
        assert revoked() == {"twitter": 1}
        assert not our_redis().exists(exchanges.SHELF)

    def test_of_a_sign_in(self, sandbox, ill):
        code = minted("twitter", "maya", kind="code")
        assert with_credential("twitter", code).status_code == 503
        ill.set()
        assert with_credential("twitter", code).status_code == 200
        assert exchanged(sandbox) == 1
        assert revoked() == {"twitter": 1}  # no record wants it

    @pytest.mark.django_db(transaction=True)
    def test_three_at_once(self, alice, sandbox, ill):
        code = minted("twitter", "maya", kind="code")
        assert refused(alice, "twitter", code)[0] == 503
        ill.set()
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(alone(lambda _: alice.post("auth/twitter/", code)), range(3)))
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses[200] == 1
        assert set(statuses) <= {200, 503, 400}  # another is at it, or it was connected a moment ago
        assert exchanged(sandbox) == 1
        assert not Revocation.objects.exists()
        assert not read_token(Credential.objects.get().open().refresh_token, "twitter").dead

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("network", ROTATING)
    def test_a_refresh_token_posted_by_three_at_once_is_asked_about_once(self, alice, sandbox, network):
        body = minted(network, "maya", kind="refresh")
        busy, go_on, answer = Event(), Event(), type(sandbox).answer

        def slow(call):
            if is_exchange(call):
                busy.set()
                assert go_on.wait(10)
            return answer(sandbox, call)

        sandbox.answer = slow
        try:
            with ThreadPoolExecutor(1) as pool:
                first = pool.submit(alone(lambda: alice.post(f"auth/{network}/", body).status_code))
                assert busy.wait(10)
                others = [refused(alice, network, body) for _ in range(2)]
                go_on.set()
        finally:
            del sandbox.answer
        assert (first.result(), others) == (200, [(503, "provider_unavailable")] * 2)
        assert exchanged(sandbox) == 1


class Killed(BaseException):
    """Nothing is cleaned up after it."""


def test_after_a_process_that_was_killed_the_repeat_goes_on_within_a_minute(alice, sandbox, monkeypatch):
    code = minted("twitter", "maya", kind="code")

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(adapter_for("twitter"), "prove", killed)
        patch.setattr(exchanges.Exchange, "let_go", lambda self: None)
        with pytest.raises(Killed):
            alice.post("auth/twitter/", code)
    assert refused(alice, "twitter", code) == (503, "provider_unavailable")
    (holder,) = our_redis().keys(f"{exchanges.SHELF}:*")
    assert 0 < our_redis().ttl(holder) <= exchanges.HELD
    our_redis().delete(holder)
    alice.ok("auth/twitter/", code)
    assert exchanged(sandbox) == 1


@pytest.mark.parametrize("network", ["twitter", "tiktok"])
def test_a_call_that_was_frozen_for_a_minute_leaves_alone_what_its_repeat_lives_on(
    alice, sandbox, monkeypatch, network
):
    adapter, code, key = adapter_for(network), minted(network, "maya", kind="code"), {"Idempotency-Key": "once"}
    prove, repeats = adapter.prove, []

    def frozen(*asked):
        monkeypatch.setattr(adapter, "prove", prove)
        our_redis().delete(*our_redis().keys(f"{exchanges.SHELF}:*"))
        IdempotencyKey.objects.update(started_at=F("started_at") - RUNS_FOR - timedelta(seconds=1))
        repeats.append(alice.post(f"auth/{network}/", code, **key).status_code)
        return prove(*asked)

    monkeypatch.setattr(adapter, "prove", frozen)
    answer = alice.post(f"auth/{network}/", code, **key)
    assert (answer.status_code, answer.json()["error"]) == (409, "idempotency_key_in_use")
    assert repeats == [200]
    assert not Revocation.objects.exists()
    assert not read_token(Credential.objects.get().open().refresh_token, network).dead


class TestDatabaseAway:
    @pytest.mark.parametrize("network", ["twitter", "facebook", "instagram"])
    @pytest.mark.usefixtures("_no_database_for_the_connect")
    def test_the_repeat_goes_on(self, alice, sandbox, monkeypatch, network):
        code = minted(network, "maya", kind="code")
        assert refused(alice, network, code) == (503, "service_unavailable")
        monkeypatch.undo()
        alice.ok(f"auth/{network}/", code)
        assert exchanged(sandbox) == 1

    @pytest.mark.usefixtures("_no_database_for_the_connect")
    def test_what_nobody_comes_back_for_is_revoked(self, alice, sandbox, monkeypatch):
        assert refused(alice, "twitter", minted("twitter", "maya", kind="code"))[0] == 503
        monkeypatch.undo()
        monkeypatch.setattr(shared_rate, "clock_argument", lambda now: now.timestamp())
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
            exchanges.give_up(timezone.now())
        assert revoked() == {"twitter": 1}

    def test_a_refusal_that_cannot_be_followed_by_a_revocation_yet(self, alice, bob, sandbox, monkeypatch):
        bob.ok("auth/twitter/", minted("twitter", "maya", kind="code"))
        code = minted("twitter", "maya", kind="code")
        with monkeypatch.context() as patch:
            patch.setattr(tokens, "discard", lambda *_: (_ for _ in ()).throw(OperationalError("down")))
            assert refused(alice, "twitter", code) == (409, "network_already_connected")
        assert not Revocation.objects.exists()
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
            exchanges.give_up(timezone.now())
        assert revoked() == {"twitter": 1}


class TestTooLate:
    @pytest.fixture(autouse=True)
    def _no_message(self, monkeypatch):
        monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)

    @pytest.mark.parametrize("network", NETWORKS)
    def test_it_is_revoked_and_wiped(self, alice, sandbox, ill, network):
        code = minted(network, "maya", kind="code")
        assert refused(alice, network, code)[0] == 503
        give_up_exchanges()
        assert not Revocation.objects.exists()
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
            give_up_exchanges()
            give_up_exchanges()
        ill.set()
        assert revoked() == ({} if network in ("instagram", "pinterest") else {network: 1})
        for revocation in Revocation.objects.all():
            assert revocation.answer in ("revoked", "permissions removed")
            assert not revocation.access_cipher
        assert not our_redis().exists(exchanges.SHELF)
        assert refused(alice, network, code) == (400, "invalid_access_token")

    @pytest.mark.parametrize("network", ["twitter", "facebook", "tiktok"])
    def test_a_connection_that_lives_on_it_is_left_alone(self, alice, sandbox, monkeypatch, network):
        """Its worker was killed between the commit and forgetting what was kept."""
        with monkeypatch.context() as patch:
            patch.setattr(exchanges.Exchange, "forget", lambda self: None)
            pk = alice.ok(f"auth/{network}/", minted(network, "maya", kind="code"))["network_id"]
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
            give_up_exchanges()
        assert revoked() == ({network: 1} if network == "facebook" else {})
        for revocation in Revocation.objects.all():  # where no refresh token tells that it is in use
            assert revocation.answer == "the account is connected: left alone"
        assert not read_token(Credential.objects.get(pk=pk).open().access_token, network).dead

    @pytest.fixture
    def over(self, alice, sandbox, ill):
        """`over(network)`: given up, and then its access token ended before the provider said whose it is."""

        def over(network):
            assert refused(alice, network, minted(network, "maya", kind="code"))[0] == 503
            with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
                give_up_exchanges()
            read_token(Revocation.objects.get().open_access_token(), network).end()
            ill.set()

        return over

    @pytest.mark.parametrize("network", ["youtube", "twitter", "tiktok"])
    def test_an_access_token_that_is_over_does_not_save_the_grant(self, over, network):
        over(network)
        assert revoked() == {network: 1}
        assert Revocation.objects.get().answer == "revoked"

    def test_nor_does_it_end_the_grant_of_somebody_who_connected_since(self, bob, over):
        over("youtube")
        bob.ok("auth/youtube/", minted("youtube", "maya", kind="code"))
        assert revoked() == {"youtube": 1}
        assert Revocation.objects.get().answer == "the account is connected: left alone"
        assert not read_token(Credential.objects.get().open().refresh_token, "youtube").dead

    def test_what_was_renewed_for_the_proof_is_revoked_later(self, over, sandbox, monkeypatch):
        over("twitter")
        with monkeypatch.context() as patch:
            patch.setattr(adapter_for("twitter"), "revoke", lambda *_: (_ for _ in ()).throw(Unavailable("down")))
            assert revoked() == {"twitter": 1}
        refresh_token = Revocation.objects.get().open_refresh_token()
        Revocation.objects.update(due_at=timezone.now())
        revoked()
        assert Revocation.objects.get().answer == "revoked"
        assert read_token(refresh_token, "twitter").dead

    @pytest.mark.parametrize("minutes", [-20, 20])
    def test_a_host_with_another_clock_gives_up_nothing_early(self, alice, sandbox, ill, monkeypatch, minutes):
        monkeypatch.setattr(shared_rate, "clock_argument", lambda now: "")  # as in production: Redis tells the time
        assert refused(alice, "twitter", minted("twitter", "maya", kind="code"))[0] == 503
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
            give_up_exchanges()
            assert not Revocation.objects.exists()
            alice.sign_in_again()
            assert refused(alice, "twitter", minted("twitter", "leo", kind="code"))[0] == 503
        give_up_exchanges()
        assert not Revocation.objects.exists()

    def test_it_is_gone_after_a_week_if_nobody_could_give_it_up(self, alice, sandbox, ill, settings):
        assert refused(alice, "twitter", minted("twitter", "maya", kind="code"))[0] == 503
        assert 0 < our_redis().ttl(exchanges.SHELF) <= exchanges.LONGEST
        settings.CONNECT_TOKEN_KEYS = f"another:{'B' * 43}="
        for age, left in ((TOO_LATE, 1), (timedelta(days=7, minutes=1), 0)):
            with time_machine.travel(timezone.now() + age, tick=False):
                give_up_exchanges()
            assert our_redis().hlen(exchanges.SHELF) == left
        assert not Revocation.objects.exists()

    def test_who_comes_at_the_last_moment_is_not_overtaken(self, alice, sandbox, ill):
        code = minted("twitter", "maya", kind="code")
        assert refused(alice, "twitter", code)[0] == 503
        (digest,) = our_redis().hkeys(exchanges.SHELF)
        exchanges.Exchange("twitter", digest).hold()
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
            give_up_exchanges()
        assert not Revocation.objects.exists()


def a_minute_later():
    """What beat starts every minute."""
    tasks.plan_revocations()
    give_up_exchanges()


class TestPlanned:
    """Revocations that are due are handed out, whatever becomes of what was kept aside."""

    @pytest.fixture
    def due(self, alice, sandbox, monkeypatch):
        monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)
        alice.ok("network/disconnect/", {"network_id": alice.connected("tiktok")})
        return Revocation.objects.get().pk

    @pytest.fixture
    def handed_out(self, due, monkeypatch):
        ids = []
        monkeypatch.setattr(tasks.revoke_tokens, "apply_async", lambda **options: ids.extend(options["kwargs"]["ids"]))
        return ids

    @pytest.mark.parametrize(
        "text",
        [
            "no json",
            "[]",
            "{}",
            '{"network": "twitter", "key_id": 5}',
            '{"network": "myspace", "key_id": "dev"}',
            '{"network": "twitter", "key_id": "dev"}',
        ],
    )
    def test_with_something_that_nobody_can_read(self, alice, sandbox, due, handed_out, ill, text):
        moment = timezone.now().timestamp()
        our_redis().hset(exchanges.SHELF, mapping={"damaged": f"{moment} {text}", "without a moment": text})
        assert refused(alice, "twitter", minted("twitter", "maya", kind="code"))[0] == 503
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False):
            a_minute_later()
        assert handed_out == [due]
        assert list(Revocation.objects.exclude(pk=due).values_list("provider", flat=True)) == ["twitter"]
        assert sorted(our_redis().hkeys(exchanges.SHELF)) == ["damaged", "without a moment"]

    def test_with_a_redis_that_fails_while_it_is_looked_through(self, due, handed_out, monkeypatch):
        def fail(*_, **__):
            raise redis.ConnectionError

        monkeypatch.setattr(type(our_redis()), "hscan_iter", fail)
        a_minute_later()
        assert handed_out == [due]

    def test_with_a_database_that_takes_nothing_new(self, alice, sandbox, due, handed_out, ill, monkeypatch):
        def fail(*_, **__):
            raise OperationalError("read-only")

        assert refused(alice, "twitter", minted("twitter", "maya", kind="code"))[0] == 503
        monkeypatch.setattr(exchanges.Exchange, "hand_over", fail)
        with time_machine.travel(timezone.now() + TOO_LATE, tick=False), pytest.raises(OperationalError):
            a_minute_later()
        assert handed_out == [due]


class TestWithoutRedis:
    @pytest.mark.usefixtures("without_redis")
    @pytest.mark.parametrize(("network", "field"), [("twitter", "code"), ("tiktok", "refresh_token")])
    def test_it_is_told_that_the_creator_has_to_sign_in_again(self, alice, sandbox, ill, network, field):
        answer = alice.post(f"auth/{network}/", minted(network, "maya", kind=field.removesuffix("_token")))
        assert answer.status_code == 400
        assert (answer.json()["error"], answer.json()["field"]) == ("credential_spent", field)
        ill.set()
        assert revoked() == {network: 1}

    @pytest.mark.usefixtures("without_redis")
    def test_likewise_of_a_sign_in(self, sandbox, ill):
        answer = with_credential("twitter", minted("twitter", "maya", kind="code"))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "credential_spent")

    @pytest.mark.usefixtures("without_redis")
    def test_connecting_goes_on(self, alice, sandbox):
        alice.ok("auth/twitter/", minted("twitter", "maya", kind="code"))

    @pytest.mark.parametrize(
        ("network", "kind"), [("twitter", "code"), *((network, "refresh") for network in ROTATING)]
    )
    def test_a_redis_that_is_away_for_a_moment_loses_nothing(self, alice, sandbox, ill, monkeypatch, network, kind):
        code = minted(network, "maya", kind=kind)
        assert refused(alice, network, code)[0] == 503
        ill.set()
        with monkeypatch.context() as patch:
            patch.setattr(type(our_redis()), "hget", lambda *_: (_ for _ in ()).throw(redis.ConnectionError()))
            assert refused(alice, network, code) == (503, "provider_unavailable")
        alice.ok(f"auth/{network}/", code)
        assert exchanged(sandbox) == 1


class TestSealed:
    def test_nothing_in_redis_can_be_read(self, alice, sandbox, ill):
        codes = {network: minted(network, "maya", kind="code") for network in NETWORKS}
        for network, code in codes.items():
            assert refused(alice, network, code)[0] == 503
        held = str(our_redis().hgetall(exchanges.SHELF)) + str(our_redis().keys("exchanged*"))
        assert held.count("access_token") == len(NETWORKS)
        assert "sbx." not in held
        for code in codes.values():
            assert not [value for name, value in code.items() if name.startswith("code") and value in held]

    def test_it_is_left_to_a_process_that_has_the_key(self, alice, sandbox, ill, settings):
        code = minted("twitter", "maya", kind="code")
        assert refused(alice, "twitter", code)[0] == 503
        ill.set()
        keys = settings.CONNECT_TOKEN_KEYS
        settings.CONNECT_TOKEN_KEYS = f"another:{'B' * 43}="
        assert refused(alice, "twitter", code) == (503, "provider_unavailable")
        settings.CONNECT_TOKEN_KEYS = keys
        alice.ok("auth/twitter/", code)

    def test_what_belongs_to_another_call_does_not_open(self, alice, sandbox, ill):
        codes = [minted("twitter", name, kind="code") for name in ("maya", "leo")]
        for code in codes:
            assert refused(alice, "twitter", code)[0] == 503
        (_, text), (other, _) = our_redis().hgetall(exchanges.SHELF).items()
        our_redis().hset(exchanges.SHELF, other, text)
        ill.set()
        assert sorted(alice.post("auth/twitter/", code).status_code for code in codes) == [200, 400]
