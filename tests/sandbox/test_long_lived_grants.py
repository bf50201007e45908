"""The sandbox's LinkedIn and Pinterest serve what SDKs ask, and refuse what the providers refuse."""

from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import DAY, mint

LINKEDIN, API = "www.linkedin.com/oauth/v2", "api.linkedin.com"
PINTEREST = "api.pinterest.com/v5"
OURS = {"client_id": "linkedin-client-id", "client_secret": "linkedin-client-secret"}
CLIENT = ("pinterest-client-id", "pinterest-client-secret")


@pytest.fixture
def ask(sandbox):
    def call(path, token="", method="GET", headers=None, **arguments):
        headers = (headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        return requests.request(method, f"{sandbox.url}/{path}", headers=headers, timeout=5, **arguments)

    return call


def code(network, **more):
    told = minted(network, "maya", kind="code", **more)
    given = {name: told[name] for name in ("code", "redirect_uri", "code_verifier") if name in told}
    return given | {"grant_type": "authorization_code"}


class TestLinkedInVersions:
    @pytest.fixture
    def acls(self, ask):
        def call(version="", **params):
            headers = {"LinkedIn-Version": version} if version else {}
            return ask(f"{API}/rest/organizationAcls", mint("linkedin", "maya"), headers=headers, params=params)

        return call

    def test_one_must_be_named(self, acls):
        answer = acls()
        assert (answer.status_code, answer.json()["code"]) == (400, "VERSION_MISSING")

    @pytest.mark.parametrize("version", ["202411", "202001", "202511", "202512", "209901", "2026"])
    def test_a_dead_one_is_not_active(self, acls, version):
        answer = acls(version)
        assert (answer.status_code, answer.json()) == (
            426,
            {"status": 426, "code": "NONEXISTENT_VERSION", "message": f"Requested version {version}01 is not active"},
        )

    def test_a_living_one_serves_until_it_is_retired(self, acls, sandbox):
        assert acls("202609").status_code == 200
        retired = {"network": "linkedin", "version": "202609"}
        assert requests.post(f"{sandbox.url}/_/retire", retired, timeout=5).status_code == 200
        assert acls("202609").status_code == 426
        assert acls("202610").status_code == 200
        requests.post(f"{sandbox.url}/_/forget", timeout=5)
        assert acls("202609").status_code == 200

    def test_no_more_than_asked_for(self, acls):
        assert len(acls("202609", count=1).json()["elements"]) == 1
        assert acls("202609", role="ANALYST").json()["elements"] == []


class TestLinkedInReading:
    def rest(self, ask, path, token=None):
        headers = {"LinkedIn-Version": "202609"}
        return ask(f"{API}/rest/{path}", token or mint("linkedin", "maya"), headers=headers)

    @pytest.mark.parametrize("edge", ["", "?edgeType=CompanyFollowedByMember"])
    def test_sizes_have_a_kind(self, ask, edge):
        number = mint("linkedin", "maya").holder.assets()[0].number
        urn = f"networkSizes/urn%3Ali%3Aorganization%3A{number}"
        assert self.rest(ask, f"{urn}{edge}").status_code == 400
        assert self.rest(ask, f"{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER").json()["firstDegreeSize"] > 0

    def test_followers_need_their_product(self, ask, sandbox):
        assert self.rest(ask, "memberFollowersCount?q=me").status_code == 403
        query = {**OURS, "redirect_uri": "https://app.example/", "response_type": "code"}
        query |= {"scope": "openid r_member_profileAnalytics"}
        form = {"decision": "approve", "account": "maya", "grant:r_member_profileAnalytics": "on"}
        url = f"{sandbox.url}/{LINKEDIN}/authorization"
        back = requests.post(url, form, params=query, timeout=5, allow_redirects=False).headers["Location"]
        grant = {"grant_type": "authorization_code", "redirect_uri": "https://app.example/"}
        grant |= {"code": back.partition("code=")[2]}
        token = ask(f"{LINKEDIN}/accessToken", method="POST", data=OURS | grant).json()["access_token"]
        told = self.rest(ask, "memberFollowersCount?q=me", token).json()["elements"]
        assert told == [{"memberFollowersCount": mint("linkedin", "maya").holder.followers}]

    def test_the_old_profile_needs_a_product(self, ask):
        answer = ask(f"{API}/v2/me", mint("linkedin", "maya"))
        assert (answer.status_code, answer.json()["message"]) == (403, "Not enough permissions to access: GET /me")


class TestLinkedInTokens:
    @pytest.mark.parametrize("left_out", ["grant_type", "client_id", "client_secret", "code", "redirect_uri"])
    def test_what_is_missing_is_named(self, ask, left_out):
        form = {name: value for name, value in (OURS | code("linkedin")).items() if name != left_out}
        answer = ask(f"{LINKEDIN}/accessToken", method="POST", data=form)
        assert (answer.status_code, answer.json()["error_description"]) == (
            400,
            f'A required parameter "{left_out}" is missing',
        )

    def test_basic_is_unknown(self, ask):
        for path in ("introspectToken", "revoke", "accessToken"):
            form = code("linkedin") | {"token": str(mint("linkedin", "maya"))}
            assert ask(f"{LINKEDIN}/{path}", method="POST", data=form, auth=tuple(OURS.values())).status_code >= 400

    def test_a_renewal_tells_of_the_refresh_token(self, ask, time_machine):
        refresh = mint("linkedin", "maya").sibling("refresh")
        time_machine.move_to(timezone.now() + timedelta(days=100))
        form = OURS | {"grant_type": "refresh_token", "refresh_token": str(refresh)}
        body = ask(f"{LINKEDIN}/accessToken", method="POST", data=form).json()
        assert body["refresh_token"] == str(refresh)
        assert abs(body["refresh_token_expires_in"] - 265 * DAY) < 60

    @pytest.mark.parametrize("pkce", ["yes", "no"])
    def test_a_verifier_is_wanted_for_a_challenge(self, ask, pkce):
        form = OURS | code("linkedin", pkce=pkce)
        form.pop("code_verifier", None)
        assert ask(f"{LINKEDIN}/accessToken", method="POST", data=form).status_code == (400 if pkce == "yes" else 200)


class TestPinterest:
    def test_an_app_comes_with_basic(self, ask):
        ids = dict(zip(("client_id", "client_secret"), CLIENT, strict=True))
        answer = ask(f"{PINTEREST}/oauth/token", method="POST", data=code("pinterest") | ids)
        assert (answer.status_code, answer.json()["code"]) == (401, 2)
        body = ask(f"{PINTEREST}/oauth/token", method="POST", data=code("pinterest"), auth=CLIENT).json()
        assert body["refresh_token_expires_in"] == pytest.approx(60 * DAY, abs=5)

    def test_a_refused_grant_has_a_number(self, ask):
        form = {"grant_type": "refresh_token", "refresh_token": "none"}
        answer = ask(f"{PINTEREST}/oauth/token", method="POST", data=form, auth=CLIENT)
        assert (answer.status_code, answer.json()) == (
            401,
            {"code": 283, "message": "The authorization grant is invalid"},
        )
        answer = ask(f"{PINTEREST}/oauth/token", method="POST", data={"grant_type": "password"}, auth=CLIENT)
        assert answer.status_code == 400

    def test_what_people_gave_cannot_be_revoked(self, ask):
        form = {"token": str(mint("pinterest", "maya"))}
        assert ask(f"{PINTEREST}/oauth/token/revoke", method="POST", data=form).status_code == 401
        assert ask(f"{PINTEREST}/oauth/token/revoke", method="POST", data=form, auth=CLIENT).status_code == 403
        assert ask(f"{PINTEREST}/user_account", form["token"]).status_code == 200

    def test_boards_come_as_many_as_asked_for(self, ask):
        token = mint("pinterest", "maya")
        first = ask(f"{PINTEREST}/boards", token, params={"page_size": 2}).json()
        rest = ask(f"{PINTEREST}/boards", token, params={"page_size": 2, "bookmark": first["bookmark"]}).json()
        assert (len(first["items"]), len(rest["items"]), rest["bookmark"]) == (2, 1, None)
        assert ask(f"{PINTEREST}/boards", token, params={"privacy": "SECRET"}).json()["items"] == []
        assert ask(f"{PINTEREST}/boards", token, params={"page_size": 251}).status_code == 400

    def test_texts_are_texts(self, ask):
        account = ask(f"{PINTEREST}/user_account", mint("pinterest", "maya")).json()
        assert account["website_url"].startswith("https://")
