"""The sandbox's Facebook and Instagram serve what SDKs ask, and refuse what Meta refuses."""

import hashlib
import hmac
import json
from urllib.parse import urlsplit

import pytest
import requests

from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint

FACEBOOK, INSTAGRAM = "graph.facebook.com", "graph.instagram.com"
OUR_APP = "facebook-client-id|facebook-client-secret"
OURS = {"client_id": "facebook-client-id", "client_secret": "facebook-client-secret"}


@pytest.fixture
def ask(sandbox):
    def call(host, path, method="GET", **arguments):
        return requests.request(method, f"{sandbox.url}/{host}/{path}", timeout=5, **arguments)

    return call


@pytest.fixture
def graph(ask):
    """Ask Facebook as maya, or as whom `token` names; returns the body, an error as it is."""

    def call(path, token=None, method="GET", **params):
        return ask(
            FACEBOOK, path, method, params={"access_token": str(token or mint("facebook", "maya")), **params}
        ).json()

    return call


def code_of(body):
    return body["error"]["code"]


def proof(token, secret):
    return hmac.new(secret.encode(), str(token).encode(), hashlib.sha256).hexdigest()


class TestProofOfTheSecret:
    @pytest.mark.parametrize(("network", "host"), [("facebook", FACEBOOK), ("instagram", INSTAGRAM)])
    def test_it_is_checked(self, ask, network, host):
        token = mint(network, "maya")
        for secret, status in ((f"{network}-client-secret", 200), ("somebody-elses", 400)):
            params = {"access_token": str(token), "appsecret_proof": proof(token, secret)}
            answer = ask(host, "v26.0/me", params=params)
            assert answer.status_code == status
        assert answer.json()["error"]["message"] == "Invalid appsecret_proof provided in the API argument"

    def test_of_another_token_it_is_refused(self, graph):
        token, other = mint("facebook", "maya"), mint("facebook", "leo")
        assert code_of(graph("me", token, appsecret_proof=proof(other, "facebook-client-secret"))) == 100

    def test_the_token_of_another_app_has_another_secret(self, graph):
        token = mint("facebook", "maya", foreign=True)
        assert code_of(graph("me", token, appsecret_proof=proof(token, "facebook-client-secret"))) == 100

    def test_in_a_batch_each_brings_its_own(self, ask):
        token = mint("facebook", "maya")
        url = f"me?access_token={token}&appsecret_proof="
        right, wrong = (proof(token, secret) for secret in ("facebook-client-secret", "other"))
        batch = json.dumps([{"method": "GET", "relative_url": url + each} for each in (right, wrong)])
        answer = ask(FACEBOOK, "", "POST", data={"access_token": OUR_APP, "batch": batch}).json()
        assert [item["code"] for item in answer] == [200, 400]


class TestFields:
    def test_what_was_not_asked_for_is_not_there(self, graph):
        assert set(graph("me")) == {"id", "name"}
        assert set(graph("me", fields="picture.type(large)")) == {"id", "picture"}
        assert set(graph("me", fields="id,first_name,picture{url,width}")) == {"id", "first_name", "picture"}

    def test_what_there_is_not_is_refused(self, graph):
        body = graph("me", fields="id,followers_count")
        assert (
            body["error"]["message"] == "(#100) Tried accessing nonexisting field (followers_count) on node type (User)"
        )

    def test_a_field_of_a_permission_is_left_out(self, graph):
        assert set(graph("me", fields="id,link")) == {"id"}

    def test_pages(self, graph):
        assert set(graph("me/accounts")["data"][0]) == {
            "id", "name", "access_token", "category", "category_list", "tasks",
        }  # fmt: skip
        assert set(graph("me/accounts", fields="followers_count")["data"][0]) == {"id", "followers_count"}
        assert code_of(graph("me/accounts", fields="subscribers")) == 100
        assert len(graph("me/accounts", limit=1)["data"]) == 1

    def test_the_next_page_is_asked_for_as_the_first_one_was(self, ask, graph):
        token = mint("facebook", "maya")
        secret = proof(token, "facebook-client-secret")
        first = graph("v26.0/me/accounts", token, fields="followers_count", limit=1, appsecret_proof=secret)
        where = urlsplit(first["paging"]["next"])
        assert where.netloc == FACEBOOK
        assert where.path == f"/v26.0/{token.holder.uid(token.app)}/accounts"
        assert "appsecret_proof" not in where.query
        second = ask(FACEBOOK, f"{where.path}?{where.query}").json()
        assert set(second["data"][0]) == {"id", "followers_count"}
        assert second["data"] != first["data"]
        assert "next" not in second["paging"]

    def test_instagram(self, ask):
        def asked(path, **params):
            return ask(INSTAGRAM, path, params={"access_token": str(mint("instagram", "maya")), **params}).json()

        assert set(asked("v26.0/me")) == {"id"}
        assert set(asked("v26.0/me", fields="user_id,username")) == {"id", "user_id", "username"}
        assert code_of(asked("v26.0/me", fields="is_verified")) == 100
        uid = asked("v26.0/me", fields="user_id")["user_id"]
        assert asked(f"v26.0/{uid}", fields="username")["username"] == "maya"
        assert code_of(asked("v26.0/178410")) == 100
        listed = asked(f"v26.0/{uid}/media", limit=3)
        assert [set(one) for one in listed["data"]] == [{"id"}] * 3
        more = asked("v26.0/me/media", limit=3, after=listed["paging"]["cursors"]["after"])
        assert more["data"][0] != listed["data"][0]


class TestVersions:
    @pytest.mark.parametrize(
        ("path", "version"),
        [("v27.0/me", "v27.0"), ("v26.0/me", "v26.0"), ("v19.0/me", "v21.0"), ("v3.3/me", "v21.0"), ("me", "v21.0")],
    )
    def test_an_ended_one_is_served_by_the_oldest_living(self, ask, path, version):
        answer = ask(FACEBOOK, path, params={"access_token": str(mint("facebook", "maya"))})
        assert (answer.status_code, answer.headers["facebook-api-version"]) == (200, version)

    @pytest.mark.parametrize("path", ["v28.0/me", "v20.5/me"])
    @pytest.mark.parametrize("network", ["facebook", "instagram"])
    def test_one_that_never_was_is_no_path(self, ask, network, path):
        answer = ask(f"graph.{network}.com", path, params={"access_token": str(mint(network, "maya"))})
        assert code_of(answer.json()) == 2500


class TestNodes:
    def test_by_id(self, graph):
        me = graph("me")
        assert graph(me["id"]) == me
        page = graph("me/accounts")["data"][0]
        assert graph(page["id"], fields="name,followers_count")["name"] == page["name"]
        assert code_of(graph("4")) == 100

    def test_several_by_ids(self, graph):
        me, pages = graph("me"), graph("me/accounts")["data"]
        ids = [me["id"], pages[0]["id"]]
        assert set(graph("", ids=",".join(ids))) == set(ids)
        assert code_of(graph("", ids=f"{me['id']},4")) == 100

    def test_permissions(self, graph):
        token = mint("facebook", "maya")
        listed = graph("me/permissions", token)["data"]
        assert {"permission": "public_profile", "status": "granted"} in listed
        assert code_of(graph("4/permissions", token, method="DELETE")) == 100
        assert graph("me/permissions", token, method="DELETE") == {"success": True}
        assert code_of(graph("me", token)) == 190

    def test_a_page_has_a_token_of_its_own(self, graph):
        page = graph("me/accounts")["data"][0]
        token = page["access_token"]
        assert graph("me", token)["id"] == page["id"]
        told = graph("debug_token", OUR_APP, input_token=token)["data"]
        assert (told["type"], told["profile_id"], told["expires_at"]) == ("PAGE", page["id"], 0)

    def test_a_token_that_is_none_cannot_be_parsed(self, graph):
        told = graph("debug_token", OUR_APP, input_token="eyJ.a.b")["data"]
        assert told["error"] == {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}

    def test_who_inspects_is_the_app_or_the_token_itself(self, graph):
        maya, leo = mint("facebook", "maya"), mint("facebook", "leo")
        assert graph("debug_token", maya, input_token=str(maya))["data"]["is_valid"]
        assert code_of(graph("debug_token", maya, input_token=str(leo))) == 100
        assert code_of(graph("debug_token", "none", input_token=str(leo))) == 190

    def test_an_apps_token_is_nobodys(self, graph):
        assert code_of(graph("me", OUR_APP)) == 2500


class TestBatch:
    def test_under_a_persons_token(self, ask):
        batch = json.dumps([
            {"method": "GET", "relative_url": "v26.0/me?fields=id"},
            {"method": "GET", "relative_url": "/me/accounts"},
            {"method": "GET", "relative_url": "4"},
        ])  # fmt: skip
        form = {"access_token": str(mint("facebook", "maya")), "batch": batch}
        answer = ask(FACEBOOK, "v26.0/", "POST", data=form).json()
        assert [item["code"] for item in answer] == [200, 200, 400]
        assert set(json.loads(answer[0]["body"])) == {"id"}
        assert {"name": "facebook-api-version", "value": "v26.0"} in answer[0]["headers"]

    def test_of_nobody_it_is_refused(self, ask):
        assert ask(FACEBOOK, "", "POST", data={"access_token": "none", "batch": "[]"}).json()["error"]["code"] == 190

    def test_of_more_than_fifty_it_is_refused(self, ask):
        batch = json.dumps([{"method": "GET", "relative_url": "me"}] * 51)
        answer = ask(FACEBOOK, "", "POST", data={"access_token": OUR_APP, "batch": batch})
        assert "Maximum batch size is 50" in answer.json()["error"]["message"]


class TestTokenEndpoint:
    @pytest.mark.parametrize("as_body", ["data", "json", "files"])
    def test_takes_a_post_in_whatever_form(self, ask, as_body):
        code = minted("facebook", "maya", kind="code", pkce="no")
        form = OURS | {"code": code["code"], "redirect_uri": code["redirect_uri"]}
        body = {name: (None, value) for name, value in form.items()} if as_body == "files" else form
        assert "access_token" in ask(FACEBOOK, "oauth/access_token", "POST", **{as_body: body}).json()

    @pytest.mark.parametrize(("host", "network"), [(FACEBOOK, "facebook"), ("api.instagram.com", "instagram")])
    def test_wants_a_verifier_only_for_a_challenge(self, ask, host, network):
        ours = {name: value.replace("facebook", network) for name, value in OURS.items()}
        for pkce, given in (("no", True), ("yes", False)):
            code = minted(network, "maya", kind="code", pkce=pkce)
            form = ours | {"code": code["code"], "redirect_uri": code["redirect_uri"]}
            answer = ask(host, "oauth/access_token", "POST", data=form | {"grant_type": "authorization_code"})
            assert ("access_token" in answer.json()) == given
