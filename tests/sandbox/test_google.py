"""The sandbox's Google and YouTube serve what SDKs ask, and refuse what Google refuses."""

import base64
import hashlib

import jwt
import pytest
import requests
from cryptography.x509 import load_pem_x509_certificate
from django.core.cache import cache

from social_auth.sandbox import id_tokens
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint
from tests.support.google import an_id_token, sign_in

OAUTH, APIS = "oauth2.googleapis.com", "www.googleapis.com"
OURS = {"client_id": "google-client-id", "client_secret": "google-client-secret"}
MAYA, LEO = (mint("youtube", name).holder.channel_id for name in ("maya", "leo"))
UPLOADS = f"UU{MAYA[2:]}"


@pytest.fixture
def ask(sandbox):
    def call(path, token="", method="GET", **arguments):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, f"{sandbox.url}/{path}", headers=headers, timeout=5, **arguments)

    return call


@pytest.fixture
def data(ask, settings):
    """Ask the Data API under our key, or under a person's token."""

    def call(what, token="", **params):
        key = {} if token else {"key": settings.YOUTUBE_API_KEY}
        return ask(f"youtube.googleapis.com/youtube/v3/{what}", token, params=key | params)

    return call


def reason(answer):
    return answer.json()["error"]["errors"][0]["reason"]


class TestParts:
    def test_only_those_asked_for(self, data):
        [channel] = data("channels", part="statistics,status", id=MAYA).json()["items"]
        assert set(channel) == {"kind", "etag", "id", "statistics", "status"}
        [video] = data("videos", part="snippet", id=f"{MAYA}.0").json()["items"]
        assert "statistics" not in video

    @pytest.mark.parametrize("what", ["channels", "videos", "playlistItems"])
    def test_none_and_unknown_ones_are_refused(self, data, what):
        assert reason(data(what, id=MAYA)) == "required"
        answer = data(what, id=MAYA, part="id,statistic")
        assert (answer.status_code, reason(answer)) == (400, "unknownPart")


class TestResults:
    def test_no_more_than_asked_for(self, data):
        ids = ",".join([MAYA, LEO] * 3)
        assert len(data("channels", part="id", id=ids).json()["items"]) == 5
        assert len(data("channels", part="id", id=ids, maxResults=50).json()["items"]) == 6
        answer = data("channels", part="id", id=MAYA, maxResults=51)
        assert (answer.status_code, reason(answer)) == (400, "invalidParameter")

    def test_pages(self, data):
        first = data("playlistItems", part="contentDetails", playlistId=UPLOADS, maxResults=10).json()
        rest = data("playlistItems", part="id", playlistId=UPLOADS, maxResults=10, pageToken=first["nextPageToken"])
        assert len(rest.json()["items"]) == 5
        assert "nextPageToken" not in rest.json()

    def test_videos_by_their_ids_come_all(self, data):
        ids = ",".join(f"{MAYA}.{number}" for number in range(8))
        assert len(data("videos", part="id", id=ids, maxResults=2).json()["items"]) == 8


class TestChannels:
    def test_under_a_persons_token(self, data):
        token = mint("youtube", "maya")
        for which in ({"id": LEO}, {"forHandle": "@leo"}):
            assert data("channels", token, part="id", **which).json()["items"][0]["id"] == LEO
        for mine in ("true", "True"):
            assert data("channels", token, part="id", mine=mine).json()["items"][0]["id"] == MAYA

    def test_nobody_and_nothing(self, ask, data):
        assert reason(data("channels", part="id")) == "missingRequiredParameter"
        assert reason(data("channels", part="id", mine="true")) == "authError"
        assert reason(data("channels", "none", part="id", id=MAYA)) == "authError"
        answer = ask("youtube.googleapis.com/youtube/v3/channels", params={"part": "id", "id": MAYA})
        assert (answer.status_code, reason(answer)) == (403, "forbidden")
        assert reason(data("channels", mint("youtube", "maya", state="missing_scope"), part="id", id=MAYA)) == (
            "insufficientPermissions"
        )


class TestIdentity:
    @pytest.mark.parametrize("path", [f"{OAUTH}/tokeninfo", f"{APIS}/oauth2/v3/tokeninfo"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_tokeninfo_by_the_header_alone(self, ask, path, method):
        token = mint("youtube", "maya")
        told = ask(path, token, method).json()
        assert (told["aud"], told["sub"]) == ("google-client-id", token.holder.uid(token.app))
        assert ask(path, "none", method).status_code == 400

    def test_tokeninfo_of_an_id_token(self, ask):
        told = ask(f"{OAUTH}/tokeninfo", params={"id_token": an_id_token()}).json()
        assert (told["aud"], told["email_verified"]) == ("google-client-id", "true")
        assert ask(f"{OAUTH}/tokeninfo", params={"id_token": f"{an_id_token()}x"}).status_code == 400

    def test_the_second_version_has_names_of_its_own(self, ask):
        told = ask(f"{APIS}/oauth2/v2/tokeninfo", mint("youtube", "maya"), "POST").json()
        assert (told["issued_to"], told["expires_in"], told["verified_email"]) == ("google-client-id", 3600, True)

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            (f"{APIS}/oauth2/v2/userinfo", "id"), (f"{APIS}/oauth2/v3/userinfo", "sub"),
            ("openidconnect.googleapis.com/v1/userinfo", "sub"),
        ],
    )  # fmt: skip
    def test_userinfo(self, ask, path, name):
        token = mint("youtube", "maya")
        told = ask(path, token).json()
        assert (told[name], told["email"]) == (token.holder.uid(token.app), "maya@creators.test")
        assert ask(path).status_code == 401

    def test_discovery_leads_to_what_answers(self, ask):
        told = ask("accounts.google.com/.well-known/openid-configuration").json()
        keys = ask(told["jwks_uri"].removeprefix("https://")).json()["keys"]
        assert [key["kid"] for key in keys] == [id_tokens.KEY_ID]
        assert ask(told["userinfo_endpoint"].removeprefix("https://"), mint("youtube", "maya")).status_code == 200
        assert ask(told["token_endpoint"].removeprefix("https://"), method="POST").json()["error"] == "invalid_client"

    def test_the_first_version_gives_certificates(self, ask):
        [(key_id, text)] = ask(f"{APIS}/oauth2/v1/certs").json().items()
        key = load_pem_x509_certificate(text.encode()).public_key()
        assert (key_id, key.public_numbers()) == (
            id_tokens.KEY_ID,
            id_tokens.private_key().public_key().public_numbers(),
        )

    @pytest.mark.django_db
    def test_which_our_own_look_up_falls_back_to(self, sandbox, monkeypatch):
        cache.clear()
        certs = (f"https://{APIS}/oauth2/v0/certs", f"https://{APIS}/oauth2/v1/certs")
        monkeypatch.setattr("social_auth.providers.youtube.tokens.CERTS", certs)
        assert sign_in(an_id_token()).status_code == 200
        assert [call.path for call in sandbox.calls if "certs" in call.path] == ["/oauth2/v0/certs", "/oauth2/v1/certs"]
        cache.clear()


class TestTokenEndpoint:
    def redeemed(self, ask, path=f"{OAUTH}/token", **more):
        code = minted("youtube", "maya", kind="code")
        form = {name: code[name] for name in ("code", "redirect_uri", "code_verifier")}
        return ask(path, method="POST", json=OURS | form | {"grant_type": "authorization_code"} | more)

    @pytest.mark.parametrize(
        "path", [f"{OAUTH}/token", f"{APIS}/oauth2/v4/token", "accounts.google.com/o/oauth2/token"]
    )
    def test_takes_json(self, ask, path):
        assert self.redeemed(ask, path).json()["token_type"] == "Bearer"

    def test_who_asked_for_openid_gets_an_id_token(self, ask):
        body = self.redeemed(ask).json()
        half = hashlib.sha256(body["access_token"].encode()).digest()[:16]
        claims = jwt.decode(body["id_token"], options={"verify_signature": False})
        assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
        assert (claims["email"], "name" in claims) == ("maya@creators.test", False)  # email was granted, profile not

    def test_again_with_each_renewal(self, ask):
        form = OURS | {"grant_type": "refresh_token", "refresh_token": self.redeemed(ask).json()["refresh_token"]}
        assert ask(f"{OAUTH}/token", method="POST", data=form).json()["id_token"].count(".") == 2

    def test_revoking_by_the_old_address(self, ask):
        token = str(mint("youtube", "maya"))
        assert ask("accounts.google.com/o/oauth2/revoke", params={"token": token}).status_code == 200
        assert ask(f"{OAUTH}/tokeninfo", token).status_code == 400
