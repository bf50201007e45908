"""Google's id_tokens: taken only if every word is right, at one download of keys a minute."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connect.seen_once import SeenOnce
from networks.models import SocialNetwork
from social_auth.callbacks.security_events import RISC
from social_auth.sandbox import id_tokens
from social_auth.sandbox.tokens import mint
from tests.support.api import alone
from tests.support.google import CLIENT, SUB, an_id_token, claims_of, deliver, event, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_keys_yet(db):
    """Tests that commit leave what they downloaded."""
    cache.clear()


def with_header(header, key=None, algorithm="RS256", signature=None):
    """The right claims under any header, signed as well as can be."""
    part = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    signing_input = part + b"." + an_id_token().split(".")[1].encode()
    if signature is None:
        signature = jwt.get_algorithm_by_name(algorithm).sign(signing_input, key or id_tokens.private_key())
    return (signing_input + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def header_variants():
    good = {"alg": "RS256", "kid": id_tokens.KEY_ID, "typ": "JWT"}
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own_key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(foreign.public_key()))
    public = json.dumps(id_tokens.public_key()).encode()
    pem = id_tokens.private_key().public_key()
    yield from (with_header({**good, "kid": kid}) for kid in ("", " ", "other", "x" * 10_000, "../../etc/passwd"))
    yield from (with_header({**good, "kid": kid}) for kid in (None, 1, 1.5, True, [], {}, ["sandbox-key"], {"a": 1}))
    yield with_header({"alg": "RS256", "typ": "JWT"})
    yield with_header({"kid": id_tokens.KEY_ID, "typ": "JWT"})
    yield from (with_header({**good, "alg": alg}) for alg in ("rs256", "RS384", "RS512", "PS256", "ES256", "EdDSA", ""))
    yield from (with_header({**good, "alg": alg}) for alg in (None, 256, ["RS256"], {"alg": "RS256"}))
    yield from (with_header({**good, "alg": alg}, signature=b"") for alg in ("none", "None", "NONE", "nOnE"))
    yield with_header({**good, "alg": "HS256"}, public, "HS256")
    yield with_header({**good, "alg": "HS256"}, str(pem).encode(), "HS256")
    yield with_header({**good, "alg": "ES256"}, ec.generate_private_key(ec.SECP256R1()), "ES256")
    yield with_header(good, foreign)
    yield with_header({**good, "jwk": own_key}, foreign)
    yield from (with_header({**good, name: "https://evil.example/keys"}, foreign) for name in ("jku", "x5u", "iss"))
    yield from (with_header({**good, name: ["x"]}) for name in ("x5c", "crit"))
    yield with_header({**good, "b64": False, "crit": ["b64"]})
    yield with_header({**good, "zip": "DEF"})
    yield from (with_header({**good, "typ": typ}) for typ in ("at+jwt", "secevent+jwt", "JOSE", 1, None, ["JWT"]))
    yield with_header(good, signature=b"")
    yield with_header(good, signature=b"\x00" * 256)
    yield with_header([])
    yield with_header("RS256")
    yield "e30." + an_id_token().split(".", 1)[1]


def shape_variants():
    good = an_id_token()
    header, payload, signature = good.split(".")
    yield from ("x", "a.b", "a.b.c.d", "..", f"{header}.{payload}", f"{header}.{payload}.", f".{payload}.{signature}")
    yield from (good[:-8], good[1:], good[:40], f"{good}.x", good.replace(".", ".."), f"{header}.!!!.{signature}")
    yield f"{header}.{base64.urlsafe_b64encode(b'[1]').decode()}.{signature}"
    yield f"{header}.{base64.urlsafe_b64encode(b'{' * 5000).decode()}.{signature}"


CLAIMS = [
    {"exp": None}, {"exp": 0}, {"exp": "soon"}, {"exp": []}, {"exp": True, "iat": 1}, {"iat": None}, {"iat": "x"},
    {"iat": int(time.time()) + 3600}, {"nbf": int(time.time()) + 3600}, {"sub": None}, {"sub": 1}, {"sub": ["x"]},
    {"iss": None}, {"iss": "https://evil.example"}, {"iss": "https://accounts.google.com.evil.example"}, {"iss": 1},
    {"iss": ["https://accounts.google.com"]}, {"iss": "http://accounts.google.com"},
]  # fmt: skip
FOREIGN = [
    {"aud": "evil"}, {"aud": None}, {"aud": [CLIENT, "evil"]}, {"aud": []}, {"aud": 1}, {"aud": {"a": CLIENT}},
    {"azp": 1}, {"azp": [CLIENT]}, {"aud": "evil", "azp": CLIENT}, {"aud": [CLIENT, "evil"], "azp": CLIENT},
    {"aud": ""},
]  # fmt: skip


class TestIdToken:
    def test_it_signs_up_and_in(self, sandbox):
        first = sign_in(an_id_token())
        assert first.status_code == 200, first.content
        bearer = f"Bearer {first.json()['meta']['access_token']}"
        assert Client().post("/api/get/networks/", headers={"Authorization": bearer}).json() == {"networks": []}
        account = SocialAccount.objects.get()
        assert (account.provider, account.uid) == ("google", SUB)
        again = sign_in(an_id_token())
        assert again.json()["data"]["user"]["id"] == first.json()["data"]["user"]["id"]

    @pytest.mark.parametrize(
        "claims", [{"iss": "accounts.google.com"}, {"azp": None}, {"aud": [CLIENT]}, {"jti": None}]
    )
    def test_other_right_forms(self, sandbox, claims):
        assert sign_in(an_id_token(**claims)).status_code == 200

    def test_an_android_client_may_ask_for_its_servers(self, sandbox):
        """Google names the app's Android client as `azp` and our server as `aud`: nobody has to list the former."""
        assert sign_in(an_id_token(azp="7-android.apps.googleusercontent.com")).status_code == 200

    def test_more_than_forty_foreign_headers_are_refused_and_only_google_is_asked(self, sandbox, alice):
        variants = [*header_variants(), *shape_variants()]
        assert len(variants) >= 60
        for text in variants:
            answer = sign_in(text)
            assert answer.status_code == 400, (text[:200], answer.content)
            code, refusal = alice.refused("auth/google/", {"id_token": text[:4000], "user_id": SUB})
            assert (code, refusal["error"]) in [(400, "invalid_access_token"), (400, "validation_error")], text[:200]
        assert {call.host for call in sandbox.calls} <= {"www.googleapis.com"}
        assert len(sandbox.calls) <= 2
        assert not SocialAccount.objects.exists()
        assert not SocialNetwork.objects.exists()
        assert not SeenOnce.objects.exists()

    @pytest.mark.parametrize("claims", CLAIMS)
    def test_wrong_claims(self, sandbox, claims):
        answer = sign_in(an_id_token(**claims))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_access_token")

    @pytest.mark.parametrize("claims", FOREIGN)
    def test_minted_for_another_app(self, sandbox, claims):
        answer = sign_in(an_id_token(**claims))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "wrong_app")
        assert not SocialAccount.objects.exists()

    @pytest.mark.parametrize(("late", "status"), [(-30, 200), (30, 200), (59, 200), (62, 400), (3600, 400)])
    def test_the_leeway_is_a_minute(self, sandbox, late, status, time_machine):
        text = an_id_token()
        time_machine.move_to(timezone.now() + timedelta(seconds=3600 + late), tick=False)
        assert sign_in(text).status_code == status

    def test_clocks_that_run_ahead(self, sandbox):
        assert sign_in(an_id_token(iat=int(time.time()) + 50)).status_code == 200
        assert sign_in(an_id_token("leo", iat=int(time.time()) + 70)).status_code == 400

    def test_a_replay_is_refused_even_in_another_spelling(self, sandbox):
        text = an_id_token()
        assert sign_in(text).status_code == 200
        cache.clear()
        for spelling in (text, f"{text}=", f"{text}=="):
            assert sign_in(spelling).status_code == 400

    def test_one_that_failed_is_not_spent(self, sandbox, alice):
        text = an_id_token()
        asked = {"id_token": text, "user_id": SUB}
        assert alice.refused("auth/google/", asked)[1]["reason"] == "missing_scope"
        assert sign_in(text).status_code == 200


class TestConnectingWithAnIdToken:
    def test_beside_the_access_token(self, alice, sandbox):
        token = mint("youtube", "maya")
        text = an_id_token()
        body = {"access_token": str(token), "id_token": text, "user_id": SUB}
        alice.ok("auth/google/", body)
        row = SocialNetwork.objects.get()
        assert (row.verification_level, row.provider_alias) == ("app", SUB)
        assert alice.refused("auth/google/", body)[0] in (400, 409)

    def test_of_another_person(self, alice, sandbox):
        body = {"access_token": str(mint("youtube", "maya")), "id_token": an_id_token("leo"), "user_id": SUB}
        assert alice.refused("auth/google/", body)[1]["reason"] == "wrong_user"

    def test_alone_it_opens_no_channel(self, alice, sandbox):
        status, refusal = alice.refused("auth/google/", {"id_token": an_id_token(), "user_id": SUB})
        assert (status, refusal["error"], refusal["reason"]) == (400, "network_verification_failed", "missing_scope")

    def test_other_networks_take_none(self, alice, sandbox):
        status, refusal = alice.refused("auth/facebook/", {"id_token": an_id_token(), "user_id": "1"})
        assert (status, refusal["field"]) == (400, "access_token")


class TestKeys:
    def test_one_download_serves_all(self, sandbox):
        for name in ("maya", "leo", "zoe"):
            assert sign_in(an_id_token(name)).status_code == 200
        assert len(sandbox.calls) == 1

    def test_junk_key_ids_cost_one_download_a_minute(self, sandbox, time_machine):
        assert sign_in(an_id_token()).status_code == 200
        time_machine.move_to(timezone.now() + timedelta(seconds=61), tick=False)
        sandbox.calls.clear()
        for number in range(300):
            text = id_tokens.signed(claims_of(an_id_token()), kid=f"junk-{number}")
            assert sign_in(text).status_code == 400
        assert len(sandbox.calls) == 1

    def test_old_keys_serve_while_google_is_down(self, sandbox, settings, time_machine):
        assert sign_in(an_id_token()).status_code == 200
        settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"
        time_machine.move_to(timezone.now() + timedelta(hours=12), tick=False)
        assert sign_in(an_id_token()).status_code == 200

    def test_without_any_key_google_is_unavailable_not_the_token_wrong(self, settings):
        settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"
        answer = sign_in(an_id_token())
        assert (answer.status_code, answer.json()["error"]) == (503, "provider_unavailable")
        assert answer["Retry-After"]

    def test_a_new_key_is_found_after_a_minute(self, sandbox, monkeypatch, time_machine):
        assert sign_in(an_id_token()).status_code == 200
        monkeypatch.setattr(id_tokens, "KEY_ID", "next-key")
        assert sign_in(an_id_token()).status_code == 400
        time_machine.move_to(timezone.now() + timedelta(seconds=61), tick=False)
        assert sign_in(an_id_token()).status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_those_who_come_during_the_first_download_wait_for_it(self, sandbox):
        texts = [an_id_token(f"maya{number}") for number in range(6)]
        with ThreadPoolExecutor(6) as pool:
            assert [answer.status_code for answer in pool.map(alone(sign_in), texts)] == [200] * 6
        assert len(sandbox.calls) == 1
        cache.clear()  # its table is no model's, so nobody else does

    def test_a_new_key_while_google_is_down_is_not_a_wrong_token(self, sandbox, settings, monkeypatch, time_machine):
        assert sign_in(an_id_token()).status_code == 200
        settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"
        time_machine.move_to(timezone.now() + timedelta(seconds=61), tick=False)
        monkeypatch.setattr(id_tokens, "KEY_ID", "next-key")
        assert sign_in(an_id_token()).status_code == 503
        assert deliver(event(f"{RISC}verification")).status_code == 503

    @pytest.mark.parametrize(
        "body", [b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1, {"kid": 1}]}', b"<html>", b"null", b"\xff"]
    )
    def test_odd_key_sets(self, garbage, settings, body):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.body = body
        assert sign_in(an_id_token()).status_code == 503

    def test_keys_as_certificates(self, garbage, settings):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.body = json.dumps({id_tokens.KEY_ID: certificate()}).encode()
        assert sign_in(an_id_token()).status_code == 200


def certificate():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
    key = id_tokens.private_key()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(timezone.now()).not_valid_after(timezone.now())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
