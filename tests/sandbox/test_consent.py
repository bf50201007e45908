"""The seven consent pages: what an app may ask, what its user answers, and what the code is good for then."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests

from networks.models import SocialNetwork
from social_auth.sandbox.id_tokens import private_key
from social_auth.sandbox.pkce import challenge_of
from social_auth.sandbox.tokens import read_token
from tests.support.browser import CHROMIUM, chromium

SEVEN = ("facebook", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest")
BACK = "https://app.example/connect/callback/"
VERIFIER = "a-verifier-of-forty-three-characters-exactly"
YOUTUBE = "https://www.googleapis.com/auth/youtube.readonly"
ASKS = {
    "facebook": ("www.facebook.com/v26.0/dialog/oauth", "public_profile,email,pages_show_list"),
    "youtube": ("accounts.google.com/o/oauth2/v2/auth", f"openid email {YOUTUBE}"),
    "instagram": ("www.instagram.com/oauth/authorize", "instagram_business_basic,instagram_business_manage_insights"),
    "twitter": ("x.com/i/oauth2/authorize", "users.read tweet.read offline.access"),
    "tiktok": ("www.tiktok.com/v2/auth/authorize/", "user.info.basic,user.info.profile,user.info.stats,video.list"),
    "linkedin": ("www.linkedin.com/oauth/v2/authorization", "openid profile email rw_organization_admin"),
    "pinterest": ("www.pinterest.com/oauth/", "user_accounts:read,boards:read"),
}
TOKENS = {
    "facebook": "graph.facebook.com/v26.0/oauth/access_token",
    "youtube": "oauth2.googleapis.com/token",
    "instagram": "api.instagram.com/oauth/access_token",
    "twitter": "api.x.com/2/oauth2/token",
    "tiktok": "open.tiktokapis.com/v2/oauth/token/",
    "linkedin": "www.linkedin.com/oauth/v2/accessToken",
    "pinterest": "api.pinterest.com/v5/oauth/token",
}
BY_NAME = {"youtube": "google"}
OPTIONAL = {
    "facebook": "pages_show_list",
    "youtube": YOUTUBE,
    "instagram": "instagram_business_manage_insights",
    "twitter": "offline.access",
    "tiktok": "video.list",
    "linkedin": "rw_organization_admin",
    "pinterest": "boards:read",
}


def client(network):
    name = BY_NAME.get(network, network)
    return f"{name}-client-id", f"{name}-client-secret"


def question(network, **changes):
    """What our app asks; a change of None leaves the parameter out."""
    id_name = "client_key" if network == "tiktok" else "client_id"
    asked = {
        id_name: client(network)[0],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": ASKS[network][1],
        "state": "a state & more",
        "code_challenge": challenge_of(VERIFIER, "hex" if network == "tiktok" else "S256"),
        "code_challenge_method": "S256",
        "access_type": "offline",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


def address(sandbox, network, **changes):
    return f"{sandbox.url}/{ASKS[network][0]}?{urlencode(question(network, **changes))}"


def opened(sandbox, network, **changes):
    return requests.get(address(sandbox, network, **changes), timeout=5, allow_redirects=False)


def ticked(network, *unticked):
    return {f"grant:{scope}": "on" for scope in re.split("[ ,]", ASKS[network][1]) if scope not in unticked}


def answered(sandbox, network, decision="approve", *, unticked=(), matter="", account="maya", headers=None, **changes):
    form = {"account": account, "account_state": matter, "decision": decision} | ticked(network, *unticked)
    url = address(sandbox, network, **changes)
    return requests.post(url, form, timeout=5, allow_redirects=False, headers=headers or {})


def told(answer):
    """What the app is told in the address that its user is sent back to."""
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def redeemed(sandbox, network, code, **changes):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | changes
    form = {name: value for name, value in form.items() if value is not None}
    url, (client_id, secret) = f"{sandbox.url}/{TOKENS[network]}", client(network)
    if network in ("twitter", "pinterest"):
        return requests.post(url, form, auth=(client_id, secret), timeout=5)
    form |= {"client_key" if network == "tiktok" else "client_id": client_id, "client_secret": secret}
    if network == "facebook":
        return requests.get(url, form, timeout=5)
    return requests.post(url, form, timeout=5)


def granted(sandbox, network, **more):
    """The token endpoint's answer after an approval."""
    answer = redeemed(sandbox, network, told(answered(sandbox, network, **more))["code"])
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestPage:
    @pytest.mark.parametrize("network", SEVEN)
    def test_names_who_asks_for_what(self, sandbox, network):
        page = opened(sandbox, network)
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        for scope in re.split("[ ,]", ASKS[network][1]):
            assert f"<code>{scope}</code>" in page.text
        assert "app.example" in page.text
        assert "<script" not in page.text

    def test_every_field_has_a_label(self, sandbox):
        page = opened(sandbox, "facebook").text
        for tag in re.findall(r"<(?:input|select)[^>]*>", page):
            assert re.search(rf"<label[^>]*>[^<]*{re.escape(tag)}", page), tag
        assert 'lang="en"' in page

    def test_what_cannot_be_unticked_cannot(self, sandbox):
        page = opened(sandbox, "tiktok").text
        assert re.search(r'name="grant:user.info.basic" checked disabled', page)
        assert re.search(r'name="grant:video.list" checked>', page)

    def test_what_is_asked_is_text(self, sandbox):
        page = opened(sandbox, "facebook", redirect_uri="https://x.example/?<script>alert(1)</script>", state="<b>")
        assert "<script>" not in page.text

    def test_states_are_those_of_the_network(self, sandbox):
        assert 'value="no_channel"' in opened(sandbox, "youtube").text
        assert 'value="no_channel"' not in opened(sandbox, "tiktok").text
        assert 'value="client_deleted"' not in opened(sandbox, "tiktok").text

    def test_accounts_that_were_met_are_offered_again(self, sandbox):
        assert ">zoe<" not in opened(sandbox, "twitter").text
        answered(sandbox, "twitter", new_account="", account="zoe")
        assert ">zoe<" in opened(sandbox, "twitter").text
        assert ">zoe<" not in opened(sandbox, "tiktok").text


class TestRefusals:
    """The provider's own page says what an app asks wrongly, and sends nobody back."""

    @pytest.mark.parametrize(
        ("network", "changes", "words"),
        [
            ("facebook", {"client_id": "other"}, "Invalid App ID"),
            ("facebook", {"redirect_uri": None}, "The parameter redirect_uri is required"),
            ("facebook", {"redirect_uri": "http://app.example/"}, "URL Blocked"),
            ("facebook", {"scope": "public_profile,user_profile"}, "Invalid Scopes: user_profile."),
            ("instagram", {"client_id": "other"}, "Invalid platform app"),
            ("instagram", {"scope": "user_profile"}, "Invalid scope"),
            ("instagram", {"scope": None}, "Invalid scope"),
            ("instagram", {"response_type": "token"}, "Response type must be code"),
            ("twitter", {"code_challenge": None}, "You weren&#x27;t able to give access to the App"),
            ("twitter", {"state": None}, "You weren&#x27;t able to give access to the App"),
            ("twitter", {"state": "s" * 501}, "You weren&#x27;t able to give access to the App"),
            ("twitter", {"scope": "users.read,tweet.read"}, "You weren&#x27;t able to give access to the App"),
            ("youtube", {"client_id": "other"}, "Error 401: invalid_client"),
            ("youtube", {"redirect_uri": f"{BACK}#top"}, "Error 400: redirect_uri_mismatch"),
            ("youtube", {"redirect_uri": None}, "Missing required parameter: redirect_uri"),
            ("youtube", {"scope": "openid,email"}, "Error 400: invalid_scope"),
            ("youtube", {"scope": None}, "Missing required parameter: scope"),
            ("youtube", {"code_challenge_method": "S512"}, "Invalid code_challenge"),
            ("tiktok", {"client_key": None, "client_id": "tiktok-client-id"}, "try again: client_key"),
            ("tiktok", {"scope": "user.info.basic video.list"}, "try again: scope"),
            ("tiktok", {"code_challenge": challenge_of(VERIFIER, "S256")}, "try again: code_challenge"),
            ("tiktok", {"redirect_uri": "connect://callback", "code_challenge": None}, "try again: code_challenge"),
            ("linkedin", {"client_id": "other"}, "The passed in client_id is invalid"),
            ("linkedin", {"redirect_uri": "/callback"}, "redirect_uri does not match"),
            ("pinterest", {"redirect_uri": "javascript:alert(1)"}, "does not match any of the registered"),
            ("pinterest", {"scope": "user_accounts:read boards:read"}, "Invalid scope"),
        ],
    )  # fmt: skip
    def test_in_the_providers_words(self, sandbox, network, changes, words):
        for answer in (opened(sandbox, network, **changes), answered(sandbox, network, **changes)):
            assert (answer.status_code, "Location" in answer.headers) == (400, False)
            assert words in answer.text
            assert 'role="alert"' in answer.text

    @pytest.mark.parametrize("network", ["facebook", "instagram", "youtube", "tiktok", "linkedin", "pinterest"])
    def test_a_web_app_may_come_without_a_challenge(self, sandbox, network):
        assert opened(sandbox, network, code_challenge=None).status_code == 200

    @pytest.mark.parametrize(
        "uri", ["connect://callback", "http://localhost:8000/connect/callback/", "http://127.0.0.1:8000/?a=1"]
    )
    def test_apps_and_developers_have_addresses_of_their_own(self, sandbox, uri):
        assert opened(sandbox, "twitter", redirect_uri=uri).status_code == 200

    def test_linkedin_tells_the_app_of_a_scope_that_is_not_its_own(self, sandbox):
        assert told(opened(sandbox, "linkedin", scope="openid r_liteprofile")) == {
            "error": "unauthorized_scope_error",
            "error_description": 'Scope "r_liteprofile" is not authorized for your application',
            "state": "a state & more",
        }

    def test_names_that_cannot_be(self, sandbox):
        answer = answered(sandbox, "twitter", account="<Maya>")
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
        assert "An account name has 1 to 9" in answer.text

    def test_other_sites_cannot_press_its_buttons(self, sandbox):
        answer = answered(sandbox, "twitter", headers={"Origin": "https://evil.example"})
        assert (answer.status_code, "Location" in answer.headers) == (403, False)

    def test_a_network_that_is_ill_shows_no_page(self, sandbox):
        requests.post(f"{sandbox.url}/_/set", {"network": "tiktok", "account": "*", "state": "5xx"}, timeout=5)
        assert opened(sandbox, "tiktok").status_code == 503


class TestDenial:
    @pytest.mark.parametrize(
        ("network", "words", "fragment"),
        [
            ("facebook", {"error": "access_denied", "error_reason": "user_denied", "error_code": "200",
                          "error_description": "Permissions error"}, "_=_"),
            ("instagram", {"error": "access_denied", "error_reason": "user_denied",
                           "error_description": "The user denied your request"}, "_"),
            ("twitter", {"error": "access_denied"}, ""),
            ("youtube", {"error": "access_denied"}, ""),
            ("tiktok", {"error": "access_denied", "error_type": "access_denied",
                        "error_description": "User cancelled the authorization"}, ""),
            ("linkedin", {"error": "user_cancelled_authorize",
                          "error_description": "The user cancelled the authorization"}, ""),
            ("pinterest", {"error": "access_denied",
                           "error_description": "The resource owner denied the request"}, ""),
        ],
    )  # fmt: skip
    def test_is_told_as_the_provider_tells_it(self, sandbox, network, words, fragment):
        answer = answered(sandbox, network, "deny")
        assert told(answer) == words | {"state": "a state & more"}
        assert urlsplit(answer.headers["Location"]).fragment == fragment

    def test_without_a_state_there_is_none(self, sandbox):
        assert "state" not in told(answered(sandbox, "facebook", "deny", state=None))

    def test_nothing_pressed_is_a_denial(self, sandbox):
        assert told(answered(sandbox, "twitter", ""))["error"] == "access_denied"


class TestApproval:
    @pytest.mark.parametrize("network", SEVEN)
    def test_the_code_goes_back_with_the_state(self, sandbox, network):
        answer = told(answered(sandbox, network))
        assert answer["state"] == "a state & more"
        assert redeemed(sandbox, network, answer["code"]).status_code == 200

    def test_the_address_keeps_its_own_query(self, sandbox):
        answer = answered(sandbox, "facebook", redirect_uri=f"{BACK}?a=1")
        assert told(answer)["a"] == "1"
        assert answer.headers["Location"].endswith("#_=_")

    def test_google_says_who_answers(self, sandbox):
        answer = told(answered(sandbox, "youtube"))
        assert (answer["iss"], answer["scope"]) == ("https://accounts.google.com", f"openid email {YOUTUBE}")

    def test_tiktok_says_what_was_granted(self, sandbox):
        answer = told(answered(sandbox, "tiktok", unticked=["video.list"]))
        assert answer["scopes"] == "user.info.basic,user.info.profile,user.info.stats"

    @pytest.mark.parametrize("network", SEVEN)
    def test_it_connects(self, alice, sandbox, network):
        code = told(answered(sandbox, network))["code"]
        body = {"code": code, "code_verifier": VERIFIER, "redirect_uri": BACK}
        alice.ok(f"auth/{network}/", body)
        assert SocialNetwork.objects.get().verification_level == "app"

    def test_a_state_of_the_account_stays(self, alice, sandbox):
        for matter in ("no_channel", ""):
            code = told(answered(sandbox, "youtube", matter=matter))["code"]
            body = {"code": code, "code_verifier": VERIFIER, "redirect_uri": BACK}
            assert alice.refused("auth/youtube/", body)[1]["reason"] == "not_connectable"

    def test_a_state_of_the_grant_goes(self, sandbox):
        code = told(answered(sandbox, "youtube", matter="expired"))["code"]
        assert redeemed(sandbox, "youtube", code).json()["error"] == "invalid_grant"
        assert granted(sandbox, "youtube")["access_token"]

    def test_a_new_name_is_a_new_account(self, sandbox):
        code = told(answered(sandbox, "twitter", account="noor"))["code"]
        token = read_token(redeemed(sandbox, "twitter", code).json()["access_token"], "twitter")
        assert token.account == "noor"


class TestCode:
    """The code is good once, for who asked, at the address it was sent to, with the verifier of its challenge."""

    @pytest.mark.parametrize("network", SEVEN)
    @pytest.mark.parametrize(
        "changes",
        [
            {"redirect_uri": "https://app.example/other/"},
            {"redirect_uri": None},
            {"code_verifier": "another-verifier-of-forty-three-characters-x"},
            {"code_verifier": None},
        ],
    )
    def test_with_anything_else_it_is_refused(self, sandbox, network, changes):
        answer = redeemed(sandbox, network, told(answered(sandbox, network))["code"], **changes)
        assert "access_token" not in answer.json()

    @pytest.mark.parametrize("network", SEVEN)
    def test_it_is_good_once(self, sandbox, network):
        code = told(answered(sandbox, network))["code"]
        assert "access_token" in redeemed(sandbox, network, code).json()
        assert "access_token" not in redeemed(sandbox, network, code).json()

    def test_of_another_client_of_ours_it_is_refused(self, sandbox, settings):
        settings.PROVIDER_CLIENT_IDS = settings.PROVIDER_CLIENT_IDS | {"GOOGLE": ["google-client-id", "google-ios"]}
        code = told(answered(sandbox, "youtube", client_id="google-ios"))["code"]
        assert redeemed(sandbox, "youtube", code).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize("network", ["facebook", "instagram", "youtube", "tiktok", "linkedin", "pinterest"])
    def test_without_a_challenge_no_verifier_is_wanted(self, sandbox, network):
        code = told(answered(sandbox, network, code_challenge=None))["code"]
        assert redeemed(sandbox, network, code, code_verifier=None).status_code == 200

    def test_tiktok_hashes_in_hex(self):
        assert challenge_of(VERIFIER, "hex") == hashlib.sha256(VERIFIER.encode()).hexdigest()

    def test_the_others_as_rfc_7636_says(self):
        raw = hashlib.sha256(VERIFIER.encode()).digest()
        assert challenge_of(VERIFIER, "S256") == base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def test_x_takes_a_plain_challenge(self, sandbox):
        asked = {"code_challenge": "challenge", "code_challenge_method": "plain"}
        code = told(answered(sandbox, "twitter", **asked))["code"]
        assert redeemed(sandbox, "twitter", code).status_code == 400
        code = told(answered(sandbox, "twitter", **asked))["code"]
        assert redeemed(sandbox, "twitter", code, code_verifier="challenge").status_code == 200

    def test_x_takes_another_case_and_its_older_address(self, sandbox):
        code = told(answered(sandbox, "twitter", code_challenge_method="s256"))["code"]
        assert redeemed(sandbox, "twitter", code, code_verifier="another-verifier" * 3).status_code == 400
        code = told(answered(sandbox, "twitter", code_challenge_method="s256"))["code"]
        assert redeemed(sandbox, "twitter", code).status_code == 200
        older = address(sandbox, "twitter").replace("/x.com/", "/twitter.com/")
        assert requests.get(older, timeout=5).status_code == 200


class TestScopes:
    def scopes(self, sandbox, network, body):
        if network != "facebook":
            told = body.get("scope", body.get("permissions"))
            return set(told if isinstance(told, list) else re.split("[ ,]", told))
        params = {"input_token": body["access_token"], "access_token": "|".join(client("facebook"))}
        answer = requests.get(f"{sandbox.url}/graph.facebook.com/debug_token", params, timeout=5)
        return set(answer.json()["data"]["scopes"])

    @pytest.mark.parametrize("network", SEVEN)
    def test_what_was_unticked_is_missing(self, sandbox, network):
        asked = set(re.split("[ ,]", ASKS[network][1]))
        assert self.scopes(sandbox, network, granted(sandbox, network)) == asked
        less = granted(sandbox, network, unticked=[OPTIONAL[network]])
        assert self.scopes(sandbox, network, less) == asked - {OPTIONAL[network]}

    def test_what_cannot_be_unticked_is_granted(self, sandbox):
        body = granted(sandbox, "tiktok", unticked=ASKS["tiktok"][1].split(","))
        assert body["scope"] == "user.info.basic"

    def test_nothing_is_nothing(self, sandbox):
        body = granted(sandbox, "pinterest", unticked=ASKS["pinterest"][1].split(","))
        headers = {"Authorization": f"Bearer {body['access_token']}"}
        answer = requests.get(f"{sandbox.url}/api.pinterest.com/v5/user_account", headers=headers, timeout=5)
        assert (body["scope"], answer.status_code) == ("", 403)

    @pytest.mark.parametrize(
        ("network", "path"),
        [
            ("linkedin", "api.linkedin.com/rest/organizationAcls?q=roleAssignee"),
            ("pinterest", "api.pinterest.com/v5/boards"),
            ("youtube", "youtube.googleapis.com/youtube/v3/channels?part=id&mine=true"),
            ("facebook", "graph.facebook.com/v26.0/me/accounts"),
        ],
    )
    def test_what_a_scope_opens_needs_it(self, sandbox, network, path):
        for unticked, status in (((), 200), ((OPTIONAL[network],), 403)):
            token = granted(sandbox, network, unticked=unticked)["access_token"]
            headers = {"Authorization": f"Bearer {token}", "LinkedIn-Version": "202609"}
            params = {"access_token": token} if network == "facebook" else {}
            assert requests.get(f"{sandbox.url}/{path}", params, headers=headers, timeout=5).status_code == status

    def test_x_renews_what_may_stay_connected(self, sandbox):
        assert "refresh_token" in granted(sandbox, "twitter")
        assert "refresh_token" not in granted(sandbox, "twitter", unticked=["offline.access"])

    def test_google_renews_for_who_asked_for_offline_access(self, sandbox):
        assert "refresh_token" in granted(sandbox, "youtube")
        assert "refresh_token" not in granted(sandbox, "youtube", access_type=None)

    def test_googles_id_token_repeats_the_nonce(self, sandbox):
        body = granted(sandbox, "youtube", nonce="once")
        claims = jwt.decode(
            body["id_token"], private_key().public_key(), algorithms=["RS256"], audience="google-client-id"
        )
        assert (claims["nonce"], claims["iss"]) == ("once", "https://accounts.google.com")
        assert "id_token" not in granted(sandbox, "youtube", scope=YOUTUBE)

    def test_so_does_linkedins(self, sandbox):
        found = requests.get(f"{sandbox.url}/www.linkedin.com/oauth/.well-known/openid-configuration", timeout=5).json()
        keys = requests.get(f"{sandbox.url}/{found['jwks_uri'].removeprefix('https://')}", timeout=5).json()["keys"]
        body = granted(sandbox, "linkedin", nonce="once", unticked=["email"])
        key = jwt.PyJWK(keys[0])
        claims = jwt.decode(body["id_token"], key, audience="linkedin-client-id", issuer=found["issuer"])
        assert (claims["nonce"], claims["name"], "email" in claims) == ("once", "Maya", False)
        assert "id_token" not in granted(sandbox, "linkedin", unticked=["openid"])


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one")
class TestInABrowser:
    def test_by_keyboard_and_readable(self, sandbox):
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.route("https://app.example/**", lambda route: route.fulfill(body="back in the app"))
            page.goto(address(sandbox, "tiktok"))
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                for width in (390, 1280):
                    page.set_viewport_size({"width": width, "height": 844})
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.get_by_label("Or another name").fill("noor")
            page.get_by_label("your public videos").press("Space")
            page.get_by_role("button", name="Approve").press("Enter")
            page.wait_for_selector("text=back in the app")
            answer = parse_qs(urlsplit(page.url).query)
        assert answer["state"] == ["a state & more"]
        body = redeemed(sandbox, "tiktok", answer["code"][0]).json()
        assert read_token(body["access_token"], "tiktok").account == "noor"
        assert body["scope"] == "user.info.basic,user.info.profile,user.info.stats"
