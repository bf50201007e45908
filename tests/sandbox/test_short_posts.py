"""The sandbox's X and TikTok serve what SDKs ask, and refuse what the providers refuse."""

import pytest
import requests

from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint
from social_auth.sandbox.traits import set_traits

X, TIKTOK = "api.x.com/2", "open.tiktokapis.com/v2"
CLIENT = ("twitter-client-id", "twitter-client-secret")
KEYS = {"client_key": "tiktok-client-id", "client_secret": "tiktok-client-secret"}
PROBLEMS = "https://api.twitter.com/2/problems"


def ask(sandbox, path, token="", method="GET", **arguments):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{sandbox.url}/{path}", headers=headers, timeout=5, **arguments)


def code(network, **more):
    """A code as the token endpoint wants it."""
    told = minted(network, "maya", kind="code", **more)
    given = {name: told[name] for name in ("code", "redirect_uri", "code_verifier") if name in told}
    return given | {"grant_type": "authorization_code"}


class TestX:
    @pytest.fixture
    def users(self, sandbox, settings):
        def call(path, token=settings.TWITTER_BEARER_TOKEN, **params):
            return ask(sandbox, f"{X}/users{path}", token, params=params)

        return call

    def test_only_the_fields_asked_for(self, users):
        token = mint("twitter", "maya")
        assert set(users("/me", token).json()["data"]) == {"id", "name", "username"}
        told = users("/me", token, **{"user.fields": "public_metrics,verified_followers_count,parody"}).json()["data"]
        assert set(told) == {"id", "name", "username", "public_metrics", "verified_followers_count", "parody"}
        assert (
            told["public_metrics"]["post_count"] == told["public_metrics"]["tweet_count"]
        )  # the newer name, and the older

    @pytest.mark.parametrize("path", ["/me", "/by/username/maya"])
    def test_a_field_that_there_is_not_is_refused(self, users, path):
        answer = users(path, mint("twitter", "maya"), **{"user.fields": "name,follower_count"})
        assert (answer.status_code, answer.json()["type"]) == (400, f"{PROBLEMS}/invalid-request")
        assert answer.json()["errors"][0]["parameters"] == {"user.fields": ["follower_count"]}

    @pytest.mark.parametrize("token", ["the app's", "a person's"])
    def test_by_id_and_by_name(self, users, token, settings):
        token = settings.TWITTER_BEARER_TOKEN if token == "the app's" else mint("twitter", "leo")
        maya = users("/by/username/MAYA", token).json()["data"]
        assert maya["username"] == "Maya"
        assert users(f"/{maya['id']}", token).json()["data"] == maya
        assert users("/by", token, usernames="maya,leo").json()["data"][0] == maya
        assert users("", token, ids=maya["id"]).json()["data"] == [maya]

    def test_by_another_handle(self, users):
        set_traits("twitter", "maya", handle="maya_real")
        maya = users("/by/username/maya_real").json()["data"]
        assert maya["id"] == str(mint("twitter", "maya").holder.number)
        assert users("/by/username/maya").json()["errors"][0]["parameter"] == "username"

    def test_who_is_gone_is_an_error_beside_the_others(self, users):
        set_traits("twitter", "leo", state="suspended")
        answer = users("/by", usernames="maya,leo").json()
        assert [one["username"] for one in answer["data"]] == ["Maya"]
        assert [one["title"] for one in answer["errors"]] == ["Forbidden"]
        assert "data" not in users("/9000000000000000001").json()

    @pytest.mark.parametrize(
        ("path", "params"),
        [
            ("/maya", {}), ("", {"ids": "12,a"}), ("", {"ids": ",".join(["1"] * 101)}), ("", {}),
            ("/by", {"usernames": "a-b"}),
        ],
    )  # fmt: skip
    def test_what_is_no_id_or_name_is_refused(self, users, path, params):
        answer = users(path, **params)
        assert (answer.status_code, answer.json()["type"]) == (400, f"{PROBLEMS}/invalid-request")

    def test_an_app_is_no_person(self, users):
        answer = users("/me")
        assert (answer.status_code, answer.json()["type"]) == (403, f"{PROBLEMS}/unsupported-authentication")
        assert users("/by/username/maya", mint("twitter", "leo", state="missing_scope")).status_code == 403
        assert users("/by/username/maya", "none").status_code == 401

    @pytest.mark.parametrize("path", ["oauth2/token", "oauth2/revoke"])
    def test_a_client_with_a_secret_comes_with_basic(self, sandbox, path):
        form = code("twitter") | {"token": str(mint("twitter", "maya"))}
        ids = dict(zip(("client_id", "client_secret"), CLIENT, strict=True))
        for more in (ids, {"client_id": CLIENT[0]}):
            answer = ask(sandbox, f"{X}/{path}", method="POST", data=form | more)
            assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized_client")
        assert ask(sandbox, f"{X}/{path}", method="POST", data=form, auth=CLIENT).status_code == 200

    def test_json_will_do(self, sandbox):
        answer = ask(sandbox, f"{X}/oauth2/token", method="POST", json=code("twitter"), auth=CLIENT)
        assert answer.json()["token_type"] == "bearer"

    def test_a_verifier_is_always_wanted(self, sandbox):
        answer = ask(sandbox, f"{X}/oauth2/token", method="POST", data=code("twitter", pkce="no"), auth=CLIENT)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    def test_a_grant_has_a_type(self, sandbox):
        form = code("twitter") | {"grant_type": "password"}
        assert ask(sandbox, f"{X}/oauth2/token", method="POST", data=form, auth=CLIENT).status_code == 400


class TestTikTok:
    def user(self, sandbox, fields, token=None):
        return ask(sandbox, f"{TIKTOK}/user/info/", token or mint("tiktok", "maya"), params={"fields": fields})

    def videos(self, sandbox, fields="id", **body):
        token = mint("tiktok", "maya")
        return ask(sandbox, f"{TIKTOK}/video/list/", token, "POST", params={"fields": fields}, json=body)

    @pytest.mark.parametrize("fields", ["", "open_id,followers"])
    def test_fields_are_named_and_known(self, sandbox, fields):
        answer = self.user(sandbox, fields)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")

    def test_only_those_asked_for(self, sandbox):
        assert set(self.user(sandbox, "open_id,avatar_url_100").json()["data"]["user"]) == {"open_id", "avatar_url_100"}

    def test_videos_come_as_many_as_asked_for(self, sandbox):
        first = self.videos(sandbox, "id,like_count", max_count=12).json()["data"]
        assert (len(first["videos"]), first["has_more"], set(first["videos"][0])) == (12, True, {"id", "like_count"})
        rest = self.videos(sandbox, max_count=12, cursor=first["cursor"]).json()["data"]
        assert (len(rest["videos"]), rest["has_more"]) == (3, False)
        assert len(self.videos(sandbox).json()["data"]["videos"]) == 10

    @pytest.mark.parametrize(("fields", "body"), [("", {}), ("id", {"max_count": 21}), ("id,likes", {})])
    def test_more_than_there_is_is_refused(self, sandbox, fields, body):
        assert self.videos(sandbox, fields, **body).json()["error"]["code"] == "invalid_params"

    @pytest.mark.parametrize("path", ["oauth/token/", "oauth/revoke/"])
    def test_an_app_gives_its_key_in_the_form(self, sandbox, path):
        form = code("tiktok") | {"token": str(mint("tiktok", "maya"))}
        url, ids = f"{TIKTOK}/{path}", {"client_id": KEYS["client_key"], "client_secret": KEYS["client_secret"]}
        for wrong in ({"data": form | ids}, {"data": form, "auth": tuple(ids.values())}):
            assert ask(sandbox, url, method="POST", **wrong).json()["error"] == "invalid_client"
        answer = ask(sandbox, url, method="POST", json=form | KEYS).json()
        assert "is accepted as Content-Type" in answer["error_description"]
        answer = ask(sandbox, url, method="POST", data=form | KEYS)
        assert b"error" not in answer.content
