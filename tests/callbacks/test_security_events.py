"""Google's security events: each valid one has its effect once, forged, late and senseless ones have none."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from networks.models import SocialNetwork
from social_auth.callbacks.security_events import OAUTH, RISC
from social_auth.credentials.models import Credential
from social_auth.credentials.sealing import double_digest
from social_auth.sandbox import id_tokens
from social_auth.sandbox.tokens import mint
from tests.support.google import CLIENT, SUB, an_id_token, claims_of, deliver, event, sign_in

pytestmark = pytest.mark.django_db


class TestSecurityEvents:
    @pytest.fixture
    def connected(self, alice, sandbox):
        token = mint("youtube", "maya")
        body = {"access_token": str(token), "user_id": SUB, "refresh_token": str(token.sibling("refresh"))}
        alice.ok("auth/google/", body)
        return SocialNetwork.objects.get()

    def state(self):
        row = SocialNetwork.objects.get()
        return row.status, row.health

    @pytest.mark.parametrize("kind", [f"{OAUTH}tokens-revoked", f"{RISC}account-purged"])
    def test_removed_access_ends_the_connection_and_the_sessions(self, alice, connected, kind):
        assert deliver(event(kind)).status_code == 202
        assert self.state() == ("disconnected", "revoked")
        assert not Credential.objects.exists()
        assert alice.post("get/networks/").status_code == 401

    @pytest.mark.parametrize("kind", ["hash_base64_sha512_sha512", "prefix"])
    def test_a_revoked_token_is_found_by_its_digest(self, connected, kind):
        token = connected.credential.open().refresh_token
        name = token[:16] if kind == "prefix" else double_digest(token)
        subject = {"subject_type": "oauth_token", "token_type": "refresh_token", "token_identifier_alg": kind}
        assert deliver(event(f"{OAUTH}token-revoked", {**subject, "token": name[:-2] + "xx"})).status_code == 202
        assert self.state() == ("accepted", "healthy")
        assert deliver(event(f"{OAUTH}token-revoked", {**subject, "token": name})).status_code == 202
        assert self.state() == ("disconnected", "revoked")

    @pytest.mark.parametrize(
        "claims",
        [{"kind": f"{RISC}sessions-revoked"}, {"kind": f"{RISC}account-disabled", "reason": "hijacking"}],
    )
    def test_revoked_sessions_end_here_too(self, alice, connected, claims):
        subject = {"subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": SUB}
        body = {claims["kind"]: {"subject": subject, **({"reason": claims["reason"]} if "reason" in claims else {})}}
        assert deliver(event("x", events=body)).status_code == 202
        assert self.state() == ("accepted", "healthy")
        assert alice.post("get/networks/").status_code == 401
        session = Client().post("/api/get/networks/", headers={"X-Session-Token": alice.session_token})
        assert session.status_code == 401

    def test_a_late_one_leaves_those_who_signed_in_since(self, alice, connected):
        assert deliver(event(f"{RISC}sessions-revoked", iat=int(time.time()) - 6 * 86400)).status_code == 202
        assert alice.post("get/networks/").status_code == 200

    def test_somebody_elses_subject(self, alice, connected):
        subject = {"subject_type": "iss-sub", "iss": "https://evil.example/", "sub": SUB}
        assert deliver(event(f"{OAUTH}tokens-revoked", subject)).status_code == 202
        assert self.state() == ("accepted", "healthy")
        assert alice.post("get/networks/").status_code == 200

    def test_an_event_about_nobody_ends_nothing(self, alice, connected):
        SocialNetwork.objects.update(provider_alias="")
        for subject in ({"subject_type": "email", "email": "x@example.org"}, {"sub": ""}):
            assert deliver(event(f"{OAUTH}tokens-revoked", subject)).status_code == 202
        assert self.state() == ("accepted", "healthy")

    def test_who_signs_in_again_is_in(self, alice, connected):
        deliver(event(f"{RISC}sessions-revoked"))
        assert sign_in(an_id_token()).json()["data"]["user"]["id"] == alice.user.pk

    def test_others_stay_signed_in(self, alice, bob, connected):
        deliver(event(f"{OAUTH}tokens-revoked"))
        assert bob.post("get/networks/").status_code == 200

    def test_forged_and_late_ones_do_nothing(self, alice, connected):
        kind = f"{OAUTH}tokens-revoked"
        good = event(kind)
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        bad = [
            "", "x", "a.b.c", good[:-8], good.rpartition(".")[0], good.rpartition(".")[0] + ".",
            jwt.encode(claims_of(good), other, algorithm="RS256", headers={"kid": id_tokens.KEY_ID}),
            jwt.encode(claims_of(good), "secret" * 8, algorithm="HS256", headers={"kid": id_tokens.KEY_ID}),
            event(kind, aud="evil"), event(kind, aud=[CLIENT, "evil"]), event(kind, iss="https://evil.example/"),
            event(kind, iat=int(time.time()) - 8 * 86400), event(kind, iat=int(time.time()) + 3600),
            event(kind, iat=None), event(kind, jti=None), event(kind, jti=5), event(kind, events=None),
            event(kind, events=[]), id_tokens.signed(claims_of(good), typ="at+jwt"), an_id_token(),
        ]  # fmt: skip
        for text in bad:
            answer = deliver(text)
            assert (answer.status_code, answer.json()["error"]) == (400, "validation_error"), text
        for content_type in ("application/json", "text/plain"):
            assert deliver(good, content_type).status_code in (400, 415)
        assert self.state() == ("accepted", "healthy")
        assert alice.post("get/networks/").status_code == 200

    @pytest.mark.parametrize(
        "events",
        [
            {}, {"x": {}}, {"x": None}, {f"{OAUTH}tokens-revoked": None}, {f"{OAUTH}tokens-revoked": {"subject": []}},
            {f"{OAUTH}tokens-revoked": {"subject": {"sub": 5}}}, {f"{RISC}verification": {"state": "hello"}},
            {f"{OAUTH}token-revoked": {"subject": {"token": 1}}}, {f"{RISC}account-enabled": {"subject": {"sub": SUB}}},
            {f"{OAUTH}token-revoked": {"subject": {"token_identifier_alg": "prefix", "token": ""}}},
            {f"{OAUTH}token-revoked": {"subject": {"token_identifier_alg": "hash_base64_sha512_sha512", "token": ""}}},
        ],
    )  # fmt: skip
    def test_others_are_received(self, connected, events):
        assert deliver(event("x", events=events)).status_code == 202
        assert self.state() == ("accepted", "healthy")

    def test_a_replay_and_a_late_one_leave_a_new_connection_alone(self, alice, connected):
        early = event(f"{OAUTH}tokens-revoked", iat=int(time.time()) - 60)
        assert deliver(early).status_code == 202
        assert self.state() == ("accepted", "healthy")

        again = event(f"{OAUTH}tokens-revoked")
        deliver(again)
        assert self.state()[0] == "disconnected"
        row = SocialNetwork.objects.get()
        SocialNetwork.objects.filter(pk=row.pk).update(status="accepted", verified=True, health="healthy")
        assert deliver(again).status_code == 202
        assert self.state() == ("accepted", "healthy")

    def test_google_down_without_keys_is_a_503_so_that_it_sends_again(self, settings):
        settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"
        assert deliver(event(f"{RISC}verification")).status_code == 503
