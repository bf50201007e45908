"""What readers of the code found, so that it stays found: each of these was wrong once."""

import logging
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from connect.api.strict_input import Unreadable, read_json
from connect.moderation.workflow import Health, Status
from connect.network_table import Network
from connect.secret_keys.keyring import WrongKey
from networks.models import SocialNetwork
from social_auth.credentials import tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Profile, Subject
from social_auth.refresh import batches as refreshing
from social_auth.refresh import planning
from social_auth.sandbox.tokens import mint
from social_auth.wire import http
from social_auth.wire.outcomes import MissingScope, OurFault, OutOfCredit, TokenDead, Unavailable
from social_auth.wire.secret import Secret
from tests.support.api import a_claim, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_hand(monkeypatch):
    monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)


def refresh_all():
    SocialNetwork.objects.update(next_refresh_at=timezone.now() - timedelta(minutes=1))
    return [refreshing.refresh_batch(*vars(batch).values()) for batch in planning.REFRESH.claim_due(timezone.now())]


class TestSuspension:
    @pytest.fixture
    def suspended(self, alice, sandbox, staff, by_hand):
        pk = alice.connected("instagram", "maya")
        SocialNetwork.objects.get(pk=pk).suspend(by=staff, reason="fraud")
        alice.ok("network/disconnect/", {"network_id": pk})
        return pk

    def test_a_claim_under_another_name_is_no_way_out(self, alice, suspended):
        claim = a_claim("instagram", "anything") | {"network_url": "https://instagram.com/maya"}
        assert alice.refused("action/network/approval/", claim)[0] == 403
        pk = alice.connected("instagram", "maya")
        assert pk == suspended
        assert SocialNetwork.objects.get(pk=pk).status == Status.SUSPENDED

    def test_nor_is_somebody_elses_older_claim(self, bob, alice, sandbox, staff, by_hand):
        older = bob.claim("instagram", "maya")
        pk = alice.connected("instagram", "maya")
        SocialNetwork.objects.get(pk=pk).suspend(by=staff, reason="fraud")
        alice.ok("network/disconnect/", {"network_id": pk})
        assert bob.connected("instagram", "maya") == older
        assert SocialNetwork.objects.get(pk=older).status == Status.SUSPENDED

    def test_a_suspended_record_cannot_be_edited_after_its_disconnect(self, alice, suspended):
        body = {"network_id": suspended, "extra_data": {"bio": "x"}}
        assert alice.refused("action/network-extra/update/", body)[0] == 403

    def test_a_reinstated_network_is_refreshed_again(self, alice, staff, suspended):
        alice.connected("instagram", "maya")
        SocialNetwork.objects.get().reinstate(by=staff)
        assert SocialNetwork.objects.get().next_refresh_at is not None


class TestOurOwnKeys:
    def test_a_refused_bearer_breaks_no_x_account(self, garbage, settings):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.status, garbage.body = 401, b'{"title":"Unauthorized","type":"about:blank","status":401}'
        with pytest.raises(OurFault):
            adapter_for("twitter").read_many([Subject(1, "1")])

    def test_a_refused_key_breaks_no_channel(self, garbage, settings):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.status, garbage.body = 401, b'{"error":{"code":401,"errors":[{"reason":"authError"}]}}'
        with pytest.raises(OurFault):
            adapter_for("youtube").read_many([Subject(1, "UC1")])

    def test_an_empty_answer_is_no_list(self, garbage, settings):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        with pytest.raises(Unavailable):
            adapter_for("youtube").read_many([Subject(1, "UC1")])

    def test_a_wrong_secret_does_not_end_a_revocation(self, alice, sandbox, by_hand, settings):
        alice.ok("network/disconnect/", {"network_id": alice.connected("twitter")})
        settings.PROVIDER_CLIENT_SECRETS = settings.PROVIDER_CLIENT_SECRETS | {"TWITTER": "wrong"}
        from social_auth.sandbox import wire

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wire, "our_secret", lambda network: "right")
            tasks.revoke(pk=Revocation.objects.get().pk)
        assert Revocation.objects.get().finished_at is None


class TestInput:
    def test_an_endless_string_of_escapes_is_one_pass(self):
        started = time.process_time()
        with pytest.raises(Unreadable):
            read_json(b'"' + rb"\"" * 500_000)
        assert time.process_time() - started < 2

    def test_an_integer_that_could_not_be_shown_is_refused(self, alice):
        pk = alice.claim()
        for value in (2**64, [2**64], {"a": {"b": -(2**63) - 1}}):
            body = {"network_id": pk, "extra_data": {"a": value}}
            assert alice.refused("action/network-extra/update/", body)[1]["field"] == "extra_data.a"
        alice.ok("get/networks/", {"view": "full"})

    def test_a_token_has_no_line_breaks(self, alice):
        for token in ("a\nb", "a\tb", "a b", "é"):
            code, body = alice.refused("auth/twitter/", {"access_token": token, "user_id": "1"})
            assert (code, body["field"]) == (400, "access_token")

    def test_a_thousand_parts(self, client):
        part = '--B\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n'
        body = "".join(part % number for number in range(1050)) + "--B--\r\n"
        answer = client.post("/api/get/networks/", body, content_type="multipart/form-data; boundary=B")
        assert (answer.status_code, answer.json()["error"]) == (400, "validation_error")

    def test_a_chunked_body_is_not_taken_for_an_empty_one(self, client):
        answer = client.post("/api/get/networks/", headers={"Transfer-Encoding": "chunked"})
        assert "Content-Length" in answer.json()["message"]

    def test_the_providers_keys_do_not_count_against_the_creators(self, alice, sandbox):
        pk = alice.claim("instagram", "maya")
        extra = {f"key{number}": "x" for number in range(50)}
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": extra})
        alice.connected("instagram", "maya")
        SocialNetwork.objects.update(extra_data=extra | {"avatar_url": "https://x", "handle": "maya"})
        changed = {"network_id": pk, "extra_data": {"key1": "y"}}
        assert alice.post("action/network-extra/update/", changed).status_code == 200
        one_more = {"network_id": pk, "extra_data": {"key50": "x"}}
        assert alice.refused("action/network-extra/update/", one_more)[1]["message"] == "At most 50 keys"


class TestConnecting:
    def test_two_claims_of_the_same_account_become_one(self, alice, sandbox):
        token = mint("instagram", "maya")
        by_name = alice.claim("instagram", "maya")
        by_id = alice.claim("instagram", token.holder.uid(token.app))
        kept = alice.connected("instagram", "maya")
        statuses = dict(SocialNetwork.objects.values_list("pk", "status"))
        assert sorted(statuses) == sorted([by_name, by_id])
        assert statuses.pop(kept) == "accepted"
        assert list(statuses.values()) == ["disconnected"]

    def test_a_renamed_account_meets_a_claim_on_its_new_name(self, alice, sandbox):
        pk = alice.connected("twitter", "maya")
        SocialNetwork.objects.filter(pk=pk).update(external_id="old_name", health=Health.SUSPECT)
        alice.claim("twitter", "maya")
        assert alice.connected("twitter", "maya") == pk
        assert SocialNetwork.objects.get(pk=pk).external_id == "maya"

    def test_a_rename_is_seen_by_the_refresh(self, alice, sandbox):
        pk = alice.connected("twitter", "maya")
        SocialNetwork.objects.filter(pk=pk).update(external_id="old_name", url="https://x.com/old_name")
        refresh_all()
        row = SocialNetwork.objects.get(pk=pk)
        assert (row.external_id, row.url) == ("maya", "https://x.com/maya")

    def test_an_older_claim_is_flagged_when_somebody_proves(self, alice, bob, sandbox):
        claim = a_claim("youtube", "my-channel") | {
            "network_url": "https://youtube.com/channel/UCmaya------------------"
        }
        pk = alice.ok("action/network/approval/", claim)["approval_id"]
        bob.connected("google", "maya")
        assert SocialNetwork.objects.get(pk=pk).flags == ["proven_by_other"]

    def test_a_claim_by_url_is_flagged_too(self, alice, bob, sandbox):
        bob.connected("google", "maya")
        claim = a_claim("youtube", "my-channel") | {
            "network_url": "https://youtube.com/channel/UCmaya------------------"
        }
        pk = alice.ok("action/network/approval/", claim)["approval_id"]
        assert SocialNetwork.objects.get(pk=pk).flags == ["proven_by_other"]

    def test_a_credential_that_does_not_open_is_cured_by_connecting(self, alice, sandbox):
        pk = alice.connected("instagram", "maya")
        Credential.objects.update(refresh_cipher="gone:AAAA")
        SocialNetwork.objects.update(health=Health.SUSPECT)
        assert alice.connected("instagram", "maya") == pk

    def test_a_late_revocation_leaves_the_new_connection_alone(self, alice, sandbox, by_hand):
        pk = alice.connected("facebook")
        alice.ok("network/disconnect/", {"network_id": pk})
        alice.connected("facebook")
        tasks.revoke(pk=Revocation.objects.get().pk)
        assert Revocation.objects.get().answer == "the account is connected: left alone"
        assert refresh_all() == [{"refreshed": 1}]

    def test_the_whole_connect_has_a_deadline(self, alice, sandbox, monkeypatch):
        monkeypatch.setattr("social_auth.connections.connection.CONNECT_SECONDS", 0.0)
        assert alice.connect("facebook").status_code == 503
        assert not sandbox.calls

    def test_a_provider_that_hangs_holds_its_places_only(self, monkeypatch, sandbox):
        monkeypatch.setattr(http, "_places", {"api.x.com": __import__("threading").BoundedSemaphore(1)})
        with http._place("api.x.com"), pytest.raises(Unavailable) as caught:
            http.call("GET", "https://api.x.com/2/users/me")
        assert caught.value.retry_after == 1
        http.call("GET", "https://api.x.com/2/users/me")

    def test_a_suspended_x_account_is_gone(self, garbage, settings, alice):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.body = (
            b'{"errors":[{"resource_id":"1","title":"Forbidden","detail":"User has been suspended",'
            b'"type":"https://api.twitter.com/2/problems/resource-not-found"}]}'
        )
        code, body = alice.refused("auth/twitter/", {"access_token": "x", "user_id": "1"})
        assert (code, body["reason"]) == (400, "gone")


class TestRefreshing:
    def test_an_update_meanwhile_is_not_lost(self, alice, sandbox, monkeypatch):
        pk = alice.connected("twitter")
        adapter = adapter_for("twitter")
        read = adapter.read_many

        def meanwhile(subjects):
            alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": {"bio": "new"}})
            return read(subjects)

        monkeypatch.setattr(adapter, "read_many", meanwhile)
        refresh_all()
        assert SocialNetwork.objects.get().extra_data["bio"] == "new"

    def test_a_name_with_nul_does_not_stop_its_batch(self, alice, sandbox, monkeypatch):
        for name in ("maya", "eve"):
            alice.connected("facebook", name)
        from social_auth.sandbox.accounts import Account

        monkeypatch.setattr(Account, "display_name", property(lambda self: "a\x00b" if self.name == "maya" else "Eve"))
        assert refresh_all() == [{"refreshed": 2}]

    def test_what_does_not_heal_is_not_asked_every_five_minutes(self, alice, sandbox, monkeypatch):
        alice.connected("tiktok")
        broke = OutOfCredit()
        monkeypatch.setattr(adapter_for("tiktok"), "read_many", lambda subjects: {s.pk: broke for s in subjects})
        refresh_all()
        assert SocialNetwork.objects.get().next_refresh_at > timezone.now() + timedelta(hours=5)

    def test_youtubes_quota_returns_at_midnight_pacific(self):
        from datetime import UTC, datetime

        now = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
        returns = adapter_for("youtube").quota_returns(now).astimezone(UTC)
        assert returns == datetime(2026, 11, 23, 8, 1, tzinfo=UTC)

    def test_an_unknown_count_has_no_source(self):
        assert Profile(uid="1", external_id="1", followers=None).provenance == ""
        assert Profile(uid="1", external_id="1", followers=None, source="hidden").provenance == "hidden"

    def test_stale_is_what_was_not_read(self, alice, sandbox, capsys):
        from django.core.management import call_command

        alice.connected("facebook")
        call_command("refresh_followers", "--stale-hours", "1")
        assert capsys.readouterr().out.startswith("0 networks")

    def test_a_thousand_rows_are_claimed_at_once(self, alice, sandbox, settings, django_assert_max_num_queries):
        alice.connected("tiktok")
        row = SocialNetwork.objects.get()
        rows = [
            SocialNetwork(user=alice.user, network="tiktok", external_id=f"m{n}", provider_uid=f"u{n}", url=row.url,
                          status="accepted", verified=True, next_refresh_at=timezone.now())
            for n in range(1000)
        ]  # fmt: skip
        SocialNetwork.objects.bulk_create(rows)
        with django_assert_max_num_queries(60):
            batches = list(planning.REFRESH.claim_due(timezone.now()))
        assert [len(batch.ids) for batch in batches] == [20] * 50
        assert len({batch.token for batch in batches}) == 1


class TestFacebookRules:
    def inspect(self, garbage, settings, **changes):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        data = {
            "app_id": "facebook-client-id",
            "type": "USER",
            "is_valid": True,
            "user_id": "1",
            "scopes": ["public_profile"],
        }
        import json

        garbage.body = json.dumps({"access_token": "app", "data": data | changes, "id": "1"}).encode()
        return adapter_for("facebook").inspect("x")

    @pytest.fixture(autouse=True)
    def _forget_app_token(self):
        adapter_for("facebook")._app_token_until = 0.0
        yield
        adapter_for("facebook")._app_token_until = 0.0

    def test_numbers_for_ids(self, garbage, settings, monkeypatch):
        settings.PROVIDER_CLIENT_IDS = settings.PROVIDER_CLIENT_IDS | {"FACEBOOK": ["123"]}
        assert self.inspect(garbage, settings, app_id=123)["app_id"] == 123

    @pytest.mark.parametrize(
        ("changes", "outcome"),
        [({"scopes": []}, MissingScope), ({"expires_at": 1}, TokenDead), ({"is_valid": "yes"}, Unavailable)],
    )
    def test_what_is_refused(self, garbage, settings, changes, outcome):
        with pytest.raises(outcome):
            self.inspect(garbage, settings, **changes)

    def test_a_stale_app_token_is_ours(self, garbage, settings):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        adapter = adapter_for("facebook")
        adapter._app_token, adapter._app_token_until = "stale", time.monotonic() + 100
        garbage.status, garbage.body = 400, b'{"error":{"code":190,"message":"bad app token"}}'
        with pytest.raises(OurFault):
            adapter.inspect("x")
        assert adapter._app_token_until == 0.0

    def test_a_link_with_tracking_is_not_kept(self):
        adapter = adapter_for("facebook")
        assert (
            adapter.profile({"id": "1", "link": "https://www.facebook.com/maya?utm=x"}).url
            == "https://facebook.com/maya"
        )
        assert adapter.profile({"id": "1", "link": "https://evil.example/maya"}).url == "https://facebook.com/1"


class TestSurroundings:
    def test_production_logs_no_local_variables(self):
        from config.logs import logging_config

        try:
            config = logging_config(level="INFO", as_json=True)
            formatter = logging.getLogger().handlers[0].formatter
            assert formatter is not None
            secret = "canary-in-a-variable"
            try:
                raise ValueError(len(secret))
            except ValueError:
                import sys

                record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
            line = formatter.format(record)
        finally:
            logging_config(level="INFO", as_json=False)
        assert config
        assert "ValueError" in line
        assert "canary-in-a-variable" not in line

    def test_the_stand_in_stops_production(self):
        import subprocess
        import sys

        from config.environment import BASE_DIR

        lines = (BASE_DIR / ".env.example").read_text().splitlines()
        env = dict(line.split("=", 1) for line in lines if line[:1].isalpha())
        env |= {"CONNECT_PROVIDER_PROXY": "http://127.0.0.1:9100", "PATH": ""}
        command = [sys.executable, "-c", "import config.settings"]
        done = subprocess.run(command, env=env, cwd=BASE_DIR, capture_output=True, text=True, check=False)
        assert "stand-in" in done.stderr

    def test_many_keys_do_not_push_out_a_counter(self):
        cache.set("counter", 1, 600)
        for number in range(400):
            cache.set(f"other{number}", 1, 600)
        assert cache.get("counter") == 1

    def test_allauths_rate_limit_speaks_the_contract(self, client, settings):
        settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
        body = {"email": "a@example.org", "password": "x"}
        for _ in range(3):
            answer = client.post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (429, "rate_limited")
        assert answer["Retry-After"]

    def test_a_key_is_needed_until_the_last_revocation(self, alice, sandbox, by_hand, settings):
        import base64
        import os

        from social_auth.credentials import key_checks

        old, new = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new"))
        settings.CONNECT_TOKEN_KEYS = old
        key_checks.check_keys()
        alice.ok("network/disconnect/", {"network_id": alice.connected("twitter")})
        settings.CONNECT_TOKEN_KEYS = new
        with pytest.raises(WrongKey):
            key_checks.check_keys()


class TestCodes:
    @pytest.mark.parametrize("network", Network.values)
    def test_a_code_proves_the_app_everywhere(self, alice, sandbox, network):
        code = mint(network, "maya", kind="code", verifier="v" * 43)
        body = {"code": str(code), "code_verifier": "v" * 43, "redirect_uri": "connect://callback"}

        pk = alice.ok(f"auth/{network}/", body)["network_id"]

        row = SocialNetwork.objects.get(pk=pk)
        assert (row.verification_level, row.status) == ("app", "accepted")
        code, answer = alice.refused(f"auth/{network}/", body)  # a code is good once
        assert (code, answer.get("field")) in {(400, "code"), (503, None)}

    @pytest.mark.parametrize("network", ["twitter", "tiktok", "pinterest", "linkedin", "youtube"])
    def test_so_does_renewing_a_refresh_token(self, alice, sandbox, network):
        token = mint(network, "maya")
        alice.ok(f"auth/{network}/", posted(token) | {"refresh_token": str(token.sibling("refresh"))})
        row = SocialNetwork.objects.get()
        assert row.verification_level == "app"
        assert row.credential.open().refresh_token if network in ("twitter", "tiktok", "pinterest") else True

    def test_the_verifier_is_checked(self, alice, sandbox):
        code = mint("twitter", "maya", kind="code", verifier="right")
        body = {"code": str(code), "code_verifier": "wrong", "redirect_uri": "connect://callback"}
        assert alice.refused("auth/twitter/", body)[1]["error"] == "invalid_access_token"
        assert alice.refused("auth/twitter/", {"code": "x"})[1]["errors"] == [
            {"field": "redirect_uri", "message": "This field is required."},
            {"field": "code_verifier", "message": "This field is required."},
        ]

    def test_but_not_where_that_would_end_somebodys_connection(self, alice, bob, sandbox, by_hand):
        alice.connected("google", "maya")
        code = mint("youtube", "maya", kind="code")
        body = {"code": str(code), "code_verifier": "x", "redirect_uri": "connect://callback"}
        assert bob.refused("auth/google/", body)[1]["error"] == "network_already_connected"
        sandbox.calls.clear()
        tasks.revoke(pk=Revocation.objects.get().pk)
        assert Revocation.objects.get().answer == "the account is connected: left alone"
        assert "/revoke" not in [call.path for call in sandbox.calls]

    def test_what_no_record_may_hold_is_revoked(self, alice, bob, sandbox, by_hand):
        alice.connected("twitter", "maya")
        SocialNetwork.objects.update(verification_level="app")
        code = mint("twitter", "maya", kind="code")
        body = {"code": str(code), "code_verifier": "x", "redirect_uri": "connect://callback"}

        assert bob.refused("auth/twitter/", body)[1]["error"] == "network_already_connected"

        revocation = Revocation.objects.get()
        assert revocation.network is None
        assert isinstance(revocation.open(), Secret)
        sandbox.calls.clear()
        tasks.revoke(pk=revocation.pk)
        assert [call.path for call in sandbox.calls] == ["/2/oauth2/revoke"]


class TestSecondReview:
    """What a tester at the outside found."""

    def test_a_suspended_profile_is_not_claimed_under_another_id(self, alice, staff):
        pk = alice.claim("instagram", "evade_me")
        SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
        alice.ok("network/disconnect/", {"network_id": pk})
        claim = a_claim("instagram", "evade_me2") | {"network_url": "https://instagram.com/evade_me"}
        assert alice.refused("action/network/approval/", claim)[1]["error"] == "permission_denied"
        assert SocialNetwork.objects.get().is_suspended

    @pytest.mark.parametrize("network", Network.values)
    def test_a_refused_code_is_the_codes_fault(self, alice, sandbox, network):
        body = {"code": "bogus", "redirect_uri": "connect://callback", "code_verifier": "v" * 43}
        code, answer = alice.refused(f"auth/{network}/", body)
        assert (code, answer["error"], answer["field"]) == (400, "invalid_access_token", "code")

    @pytest.mark.parametrize("network", ["twitter", "tiktok", "pinterest", "linkedin", "youtube"])
    def test_a_refused_refresh_token_is_its_own_fault(self, alice, sandbox, network):
        code, answer = alice.refused(f"auth/{network}/", posted(mint(network, "maya")) | {"refresh_token": "bogus"})
        assert (code, answer["error"], answer["field"]) == (400, "invalid_access_token", "refresh_token")

    @pytest.mark.parametrize("network", Network.values)
    def test_another_apps_code_is_refused(self, alice, sandbox, network, capsys):
        import json

        from django.core.management import call_command

        call_command("sandbox_token", network, "maya", "--code", "--foreign")
        printed = json.loads(capsys.readouterr().out)
        body = {name: printed[name] for name in ("code", "code_verifier", "redirect_uri")}
        assert alice.refused(f"auth/{network}/", body)[1]["error"] == "invalid_access_token"

    @pytest.mark.parametrize("path", ["/_allauth/app/v1/auth/session", "/admin/login/", "/api/get/networks/"])
    def test_without_a_database_everything_is_a_503(self, client, path, monkeypatch):
        from django.db import OperationalError
        from django.db.backends.utils import CursorWrapper

        def down(*_, **__):
            raise OperationalError("down")

        monkeypatch.setattr(CursorWrapper, "execute", down)
        headers = {"X-Session-Token": "x", "Authorization": "Bearer x"}
        client.cookies["sessionid"] = "x" * 32
        answer = client.post(path, {"email": "a@example.org"}, content_type="application/json", headers=headers)
        assert answer.status_code in (401, 403, 503)  # a forged bearer is refused before the database is asked
        assert client.get(path, headers={"X-Session-Token": "x"}).status_code != 500

    @pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/", "/health/ready", "/deletion/x/"])
    @pytest.mark.parametrize("method", ["post", "put", "options", "delete"])
    def test_pages_are_read_with_get(self, client, path, method):
        answer = getattr(client, method)(path)
        assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")

    def test_failed_sign_ins_are_limited_in_the_contracts_shape(self, client, settings):
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/m/key"}
        body = {"email": "a@example.org", "password": "x"}
        for _ in range(3):
            answer = client.post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (429, "rate_limited")

    def test_a_fresh_token_replaces_one_that_must_be_over(self, alice, sandbox):
        pk = alice.connected("twitter")
        assert alice.connect("twitter").status_code == 409
        Credential.objects.update(obtained_at=timezone.now() - timedelta(hours=3))
        assert alice.connected("twitter") == pk

    def test_a_suspended_record_speaks_the_specs_words(self, alice, staff):
        alice.claim()
        SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
        message = "You don't have permission to access this network"
        assert alice.refused("action/network/approval/", a_claim())[1]["message"] == message


def test_a_stale_app_token_is_replaced_at_once(alice, sandbox):
    adapter = adapter_for("facebook")
    adapter._app_token, adapter._app_token_until = "stale", time.monotonic() + 100
    assert alice.connect("facebook").status_code == 200
