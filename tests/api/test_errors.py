"""The catalogue of errors: docs/errors.md is true, and each error is produced here over HTTP."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from config.environment import BASE_DIR
from connect.api.error_catalogue import catalogue
from connect.errors import InvalidAccessToken
from networks.models import SocialNetwork
from social_auth.connections.exchanges import Exchange
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint
from social_auth.wire.outcomes import Unavailable
from tests.support.api import PASSWORD, a_claim, posted
from tests.support.calls import a_code, a_submission

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "k"}
APPROVAL = "action/network/approval/"
MOVE = "account/sign-in/move/"


class World:
    """What an error may need: two creators, the sandbox, the settings."""

    def __init__(self, alice, bob, settings, monkeypatch):
        self.alice, self.bob, self.settings, self.patch = alice, bob, settings, monkeypatch

    def full(self):
        self.settings.CONNECT_MAX_NETWORKS = 1
        self.alice.claim()
        return self.alice.post(APPROVAL, a_claim(name="another"))

    def full_of(self, noun, count="followers"):
        self.settings.CONNECT_MAX_SUBMISSIONS = 1
        self.alice.ok(f"add/social-{noun}/", a_submission(noun, 1, count))
        return self.alice.post(f"add/social-{noun}/", a_submission(noun, 2, count))

    def connected_already(self):
        self.alice.connected("tiktok")
        return self.alice.connect("tiktok")

    def failing(self, error):
        def fail(*_, **__):
            raise error

        self.patch.setattr("connect.moderation.claims.accept_by_policy", fail)
        return self.alice.post(APPROVAL, a_claim())

    def unencrypted(self):
        self.settings.SECURE_SSL_REDIRECT = True
        return self.alice.post("get/networks/")

    def throttled(self):
        self.settings.RATE_LIMITS_ON = True
        self.settings.THROTTLES = {"address": (1000, 60), "user": (1, 86_400)}
        self.alice.post("get/networks/")
        return self.alice.post("get/networks/")

    def spent_in_vain(self):
        """The provider exchanges the code and is ill then, and Redis keeps nothing."""

        def ill(*_):
            raise Unavailable("down")

        self.patch.setattr(Exchange, "keep", lambda *_: False)
        self.patch.setattr(adapter_for("twitter"), "prove", ill)
        return self.alice.post("auth/twitter/", minted("twitter", "maya", kind="code"))

    def by_key(self, *, running):
        from connect.api.idempotency import IdempotencyKey

        self.alice.post(APPROVAL, a_claim(), **KEY)
        if running:
            IdempotencyKey.objects.update(status=None)
        return self.alice.post(APPROVAL, a_claim() if running else a_claim(name="another"), **KEY)

    def disconnected_twice(self):
        body = {"network_id": self.alice.claim()}
        self.alice.ok("network/disconnect/", body)
        return self.alice.post("network/disconnect/", body)

    def signed_in_long_ago(self):
        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            return self.alice.post(MOVE, {"network": "facebook", **a_code("facebook", "maya")})

    def only_way_in(self):
        token = {"client_id": "facebook-client-id", **a_code("facebook", "maya")}
        body = {"provider": "facebook", "process": "login", "token": token}
        Client().post("/_allauth/app/v1/auth/provider/token", body, content_type="application/json")
        return self.alice.post(MOVE, {"network": "facebook", **a_code("facebook", "maya")})

    def unverified(self):
        self.settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        return self.allauth("post", "auth/signup", {"email": "new@example.org", "password": PASSWORD})

    def signed_in_twice(self):
        body = {"email": self.alice.email, "password": PASSWORD}
        return self.allauth("post", "auth/login", body, Authorization=f"Bearer {self.alice.bearer}")

    def allauth(self, method, path, body=None, **headers):
        call = getattr(Client(), method)
        return call(f"/_allauth/app/v1/{path}", body, content_type="application/json", headers=headers)

    def raw(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self.alice.bearer}"}
        return Client().generic(method, f"/api/{path}", headers=headers, **more)


PRODUCED = {
    "validation_error": lambda w: w.alice.post(APPROVAL, {}),
    "authentication_required": lambda w: Client().post("/api/get/networks/"),
    "https_required": World.unencrypted,
    "invalid_access_token": lambda w: Client().post("/api/get/networks/", headers={"Authorization": "Bearer x"}),
    "permission_denied": lambda w: w.bob.post("network/status/", {"network_id": w.alice.claim()}),
    "fresh_proof_required": lambda w: w.alice.post("account/erase/", {"confirm": "erase"}),
    "not_found": lambda w: w.alice.post("no/such/call/"),
    "network_not_found": lambda w: w.alice.post("network/status/", {"network_id": 999}),
    "page_not_found": lambda w: w.alice.post("disconnect/social-page/", {"page_id": 999}),
    "wall_not_found": lambda w: w.alice.post("disconnect/social-wall/", {"wall_id": 999}),
    "channel_not_found": lambda w: w.alice.post("disconnect/social-channel/", {"channel_id": 999}),
    "receipt_not_found": lambda w: w.alice.post("account/erase/status/", {"receipt": "x"}),
    "method_not_allowed": lambda w: w.raw("GET", "get/networks/"),
    "payload_too_large": lambda w: w.raw("POST", APPROVAL, data=b" " * 70_000, content_type="application/json"),
    "unsupported_media_type": lambda w: w.raw("POST", APPROVAL, data=b"<x/>", content_type="text/xml"),
    "network_verification_failed": lambda w: w.alice.post(
        "auth/facebook/", posted(mint("facebook", "maya")) | {"user_id": "999"}
    ),
    "network_already_connected": World.connected_already,
    "network_limit_reached": World.full,
    "page_limit_reached": lambda w: w.full_of("page"),
    "wall_limit_reached": lambda w: w.full_of("wall"),
    "channel_limit_reached": lambda w: w.full_of("channel", "subscribers"),
    "fresh_sign_in_required": World.signed_in_long_ago,
    "sign_in_stays": World.only_way_in,
    "invalid_transition": World.disconnected_twice,
    "provider_unavailable": lambda w: w.alice.post("auth/tiktok/", posted(mint("tiktok", "maya", state="5xx"))),
    "credential_spent": World.spent_in_vain,
    "service_unavailable": lambda w: w.failing(OperationalError("down")),
    "internal_error": lambda w: w.failing(ZeroDivisionError()),
    "rate_limited": World.throttled,
    "invalid_refresh_token": lambda w: w.allauth("post", "tokens/refresh", {"refresh_token": "x.y.z"}),
    "sign_in_unfinished": World.unverified,
    "sign_in_conflict": World.signed_in_twice,
    "session_gone": lambda w: w.allauth("get", "auth/session", **{"X-Session-Token": "dead"}),
    "idempotency_key_in_use": lambda w: w.by_key(running=True),
    "idempotency_key_reused": lambda w: w.by_key(running=False),
}


def test_the_page_about_errors_is_true(capsys):
    call_command("error_docs")
    assert capsys.readouterr().out == (BASE_DIR / "docs" / "errors.md").read_text()


def test_each_error_is_produced_here():
    assert set(PRODUCED) == set(catalogue())


@pytest.mark.parametrize("code", PRODUCED)
def test_it_is_answered_so(alice, bob, sandbox, settings, monkeypatch, code):
    answer = PRODUCED[code](World(alice, bob, settings, monkeypatch))
    told = catalogue()[code]
    body = answer.json()
    assert (body["error"], str(answer.status_code)) == (code, str(told["statuses"]).split(", ")[0])
    assert body["message"]
    assert answer.headers["X-Request-ID"]
    assert ("Retry-After" in answer.headers) is ("retry_after" in body)


def test_a_dead_provider_token_signs_nobody_out(alice, sandbox):
    answer = alice.post("auth/tiktok/", posted(mint("tiktok", "maya", state="expired")))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_access_token")
    assert not SocialNetwork.objects.exists()


def test_what_http_demands_beside_the_body(alice, client):
    """401 says how to sign in, 405 what is allowed; whoever refuses, DRF, our own rules or a page."""
    assert client.post("/api/get/networks/").headers["WWW-Authenticate"] == "Bearer"
    alice.bearer = "x"
    assert alice.post("get/networks/").headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/api/get/networks/").headers["Allow"] == "POST"
    assert client.post("/api/docs/").headers["Allow"] == "GET, HEAD"


def test_an_account_closed_during_the_call_is_told_how_to_sign_in(alice, monkeypatch):
    def closed(*_):
        raise InvalidAccessToken

    monkeypatch.setattr("connect.moderation.claims.lock_claim", closed)
    answer = alice.post(APPROVAL, a_claim())
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
