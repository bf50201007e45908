"""Attacks on links, by RFC 9700, 8252 and 9207: whose browser, whose answer, and where it may lead."""

import logging
from datetime import timedelta

import jwt
import pytest
from django.conf import settings as live
from django.db import OperationalError
from django.utils import timezone
from pghistory.models import Context

from connect.return_urls import ReturnPlace, may_return_to, with_answer
from networks.models import SocialNetwork
from social_auth.connections.connection import connect_account
from social_auth.connections.models import ConnectLink
from social_auth.credentials.models import Revocation
from social_auth.providers.challenges import check_nonce
from social_auth.sandbox.tokens import mint
from social_auth.wire.outcomes import TokenDead
from tests.support.links import BACK, Browser, a_link, path_of, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Browser()


def a_code(network="tiktok", account="maya", **traits):
    return str(mint(network, account, kind="code", **traits))


def _away(*_, **__):
    raise OperationalError("gone")


def nothing_happened():
    assert not SocialNetwork.objects.exists()
    assert not ConnectLink.objects.exclude(spent_at=None).exists()


class TestTheBrowser:
    def test_looking_binds_and_spends_nothing(self, sandbox, alice, browser):
        """A mail scanner, a preview of a messenger, and then the creator."""
        url = a_link(alice)
        for scanner in (Browser(), Browser()):
            assert scanner.open(url).status_code == 200
            assert scanner.client.head(path_of(url)).status_code == 200

        assert ConnectLink.objects.get().browser == ""
        assert told(browser.connect(url, "tiktok"))["result"] == "success"

    def test_the_first_that_taps_has_it(self, alice, browser):
        url = a_link(alice)
        browser.asked(url, "tiktok")

        other = Browser().open(url)

        assert other.status_code == 403
        assert "open in another browser" in other.content.decode()
        assert browser.open(url).status_code == 200

    def test_two_that_looked_at_once(self, alice, browser):
        url, other = a_link(alice), Browser()
        other.open(url)
        browser.asked(url, "tiktok")

        assert other.tap(url, "tiktok").status_code == 403

    def test_another_browser_cannot_answer(self, sandbox, alice, browser):
        """Login CSRF, and a code that was caught on its way."""
        asked, victim = browser.asked(a_link(alice), "tiktok"), Browser()
        victim.open(a_link(alice))

        for other in (victim, Browser()):
            answer = other.answered("tiktok", state=asked["state"], code=a_code())
            assert answer.status_code == 400
        nothing_happened()

    def test_a_cookie_of_ones_own_making_is_none(self, alice, browser):
        url = a_link(alice)
        browser.asked(url, "tiktok")
        forger = Browser()
        forger.client.cookies["connect_browser"] = browser.client.cookies["connect_browser"].value[:-2] + "xx"

        assert forger.open(url).status_code == 403

    def test_a_tap_must_come_from_our_page(self, alice, browser):
        """An attacker's page that posts its own link in the victim's browser, whose provider may ask nothing more."""
        url = a_link(alice)

        answers = [
            Browser().tap(url, "tiktok", token="x"),
            browser.tap(url, "tiktok", token=""),
            browser.client.post(path_of(url), {"network": "tiktok"}),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert ConnectLink.objects.get().browser == ""
        assert "did not send our cookie" in answers[0].content.decode()

    def test_the_cookie_is_kept_from_scripts_and_other_sites(self, settings, alice, browser):
        settings.SESSION_COOKIE_SECURE = True

        cookie = browser.open(a_link(alice)).cookies["__Host-connect_browser"]  # of this very host, says the prefix

        assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
        assert (cookie["path"], cookie["domain"]) == ("/", "")

    def test_a_page_is_closed_to_frames_scripts_caches_and_referrers(self, alice, browser):
        answer = browser.open(a_link(alice))

        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Frame-Options"] == "DENY"
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert b"<script" not in answer.content
        assert b" style=" not in answer.content
        assert b"<style" not in answer.content


class TestTheAnswer:
    def test_an_unknown_state(self, sandbox, alice, browser):
        browser.asked(a_link(alice), "tiktok")

        for state in ("", "x", "0" * 64, ConnectLink.objects.get().state):
            answer = browser.answered("tiktok", state=state, code=a_code())
            assert answer.status_code == 400
            assert "Nobody waits for this answer" in answer.content.decode()
        nothing_happened()

    def test_a_replay_finds_it_done(self, sandbox, alice, browser):
        asked, code = browser.asked(a_link(alice), "tiktok"), a_code()
        browser.answered("tiktok", state=asked["state"], code=code)
        sandbox.calls.clear()

        again = browser.answered("tiktok", state=asked["state"], code=code)

        assert (again.status_code, "is connected" in again.content.decode()) == (200, True)
        assert not sandbox.calls
        assert SocialNetwork.objects.count() == 1

    def test_a_state_is_good_for_one_answer(self, sandbox, alice, browser):
        asked = browser.asked(a_link(alice), "tiktok")
        browser.answered("tiktok", state=asked["state"], error="access_denied")

        assert browser.answered("tiktok", state=asked["state"], code=a_code()).status_code == 400
        nothing_happened()

    def test_an_answer_to_the_question_before(self, sandbox, alice, browser):
        """The back button, and another choice."""
        url = a_link(alice)
        first = browser.asked(url, "tiktok")
        second = browser.asked(url, "pinterest")

        assert browser.answered("tiktok", state=first["state"], code=a_code()).status_code == 400
        answer = browser.answered("pinterest", state=second["state"], code=a_code("pinterest"))
        assert told(answer)["network"] == "pinterest"

    def test_mixed_up_providers(self, sandbox, alice, browser):
        """A provider's answer at another's address: what it gave would be sent to the wrong one."""
        asked = browser.asked(a_link(alice), "tiktok")

        answer = browser.answered("pinterest", state=asked["state"], code=a_code("pinterest"))

        assert answer.status_code == 400
        assert not [call for call in sandbox.calls if "pinterest" in call.host]

    @pytest.mark.parametrize("issuer", ["https://evil.example", "https://accounts.google.com.evil.example", "google"])
    def test_an_answer_of_another_issuer(self, sandbox, alice, browser, issuer):
        url = a_link(alice)
        asked = browser.asked(url, "youtube")

        answer = browser.answered("youtube", state=asked["state"], code=a_code("youtube"), iss=issuer)

        assert answer["Location"] == path_of(url)
        assert "did not come from YouTube" in browser.open(url).content.decode()
        nothing_happened()

    def test_an_answer_of_the_right_issuer(self, sandbox, alice, browser):
        asked, issuer = browser.asked(a_link(alice), "youtube"), "https://accounts.google.com"

        answer = browser.answered("youtube", state=asked["state"], code=a_code("youtube"), iss=issuer)

        assert told(answer)["result"] == "success"

    def test_a_code_that_was_given_to_another_question(self, sandbox, alice, browser):
        """Code injection: the provider knows for which verifier it gave it."""
        url = a_link(alice)
        asked = browser.asked(url, "twitter")

        answer = browser.answered("twitter", state=asked["state"], code=a_code("twitter", verifier="another" * 8))

        assert answer["Location"] == path_of(url)
        nothing_happened()

    def test_an_id_token_to_another_question(self):
        def signed(**claims):
            return jwt.encode({"sub": "1", **claims}, "x" * 32)

        check_nonce(signed(nonce="mine"), "mine")
        check_nonce(signed(), "mine")
        check_nonce(None, "mine")
        for foreign in (signed(nonce="another"), signed(nonce=""), signed(nonce=1), "rubbish"):
            with pytest.raises(TokenDead):
                check_nonce(foreign, "mine")

    def test_a_form_that_a_provider_posts(self, sandbox, alice, browser):
        asked = browser.asked(a_link(alice), "tiktok")
        form = {"state": asked["state"], "code": a_code(), "user": "x"}

        answer = Browser().client.post("/connect/callback/tiktok/", form)

        assert answer.status_code == 303
        assert answer["Location"].startswith("/connect/callback/tiktok/?state=")
        assert "user" not in answer["Location"]
        assert told(browser.client.get(answer["Location"]))["result"] == "success"

    def test_a_database_that_is_away_loses_no_answer(self, sandbox, alice, browser, monkeypatch):
        asked, code = browser.asked(a_link(alice), "tiktok"), a_code()
        with monkeypatch.context() as away:
            away.setattr("social_auth.connections.connection._settle_proof", _away)
            page = browser.answered("tiktok", state=asked["state"], code=code)

        assert page.status_code == 503
        assert "Try again" in page.content.decode()
        assert told(browser.answered("tiktok", state=asked["state"], code=code))["result"] == "success"

    @pytest.mark.parametrize("method", ["head", "put", "options"])
    def test_only_a_browser_that_goes_there_answers(self, sandbox, alice, browser, method):
        asked = browser.asked(a_link(alice), "tiktok")
        query = f"?state={asked['state']}&code={a_code()}"

        answer = getattr(browser.client, method)(f"/connect/callback/tiktok/{query}")

        assert answer.status_code == 405
        nothing_happened()

    @pytest.mark.parametrize("network", ["google", "x", "%00", "facebook.evil"])
    def test_no_such_network(self, browser, network):
        assert browser.answered(network, state="x", code="y").status_code in (400, 404)

    def test_neither_code_nor_secret_nor_state_is_logged_or_kept(self, sandbox, alice, browser, caplog):
        caplog.set_level(logging.DEBUG)
        logging.getLogger("connect.middleware").setLevel("INFO")
        url, code = a_link(alice), a_code()
        try:
            asked = browser.asked(url, "tiktok")
            browser.answered("tiktok", state=asked["state"], code=code)
        finally:
            logging.getLogger("connect.middleware").setLevel("WARNING")

        lines = caplog.text + str([record.__dict__ for record in caplog.records])
        assert "/connect/callback/tiktok/" in lines
        assert "/connect/…/" in lines
        audit = str(list(Context.objects.values_list("metadata", flat=True)))
        assert "'url': '/connect/callback/tiktok/'" in audit
        for secret in (code, path_of(url).split("/")[2], asked["state"], asked["code_challenge"]):
            assert secret not in lines
            assert secret not in audit
            assert secret not in str(ConnectLink.objects.values())


PLACES = (
    "https://app.example.com/connected",
    "https://example.org",
    "myapp://done",
    "com.example.app:/oauth",
    "whole://",
)
GOOD = (
    "https://app.example.com/connected",
    "https://app.example.com/connected/",
    "https://app.example.com/connected/now?flow=1",
    "https://app.example.com:443/connected",
    "https://APP.example.com/connected",
    "https://example.org",
    "https://example.org/",
    "https://example.org/any/where",
    "myapp://done",
    "myapp://done/here",
    "com.example.app:/oauth",
    "com.example.app:/oauth/back",
    "whole://any/thing",
)
BAD = (
    "https://app.example.com.evil/connected",
    "https://app.example.com.evil.example/connected",
    "https://app.example.com@evil.example/connected",
    "https://user@app.example.com/connected",
    "https://app.example.com:8443/connected",
    "https://app.example.com/connectedevil",
    "https://app.example.com/connected/../admin",
    "https://app.example.com/connected/%2e%2e/admin",
    "https://app.example.com/connected%2f..%2fadmin",
    "https://app.example.com/connected/..",
    "https://app.example.com/./connected",
    "https://app.example.com\\@evil.example/connected",
    "https://app.example.com/connected#token",
    "https://app.example.com/connected\n",
    "https://app.example.com/connected /x",
    "https:app.example.com/connected",
    "https:///app.example.com/connected",
    "https://app.example.com%00.evil/connected",
    "https://аpp.example.com/connected",
    "https://app.example.com/",
    "http://app.example.com/connected",
    "//app.example.com/connected",
    "/connected",
    "connected",
    "",
    "javascript:alert(1)",
    "javascript://app.example.com/connected%0aalert(1)",
    "data:text/html,x",
    "myapp://done.evil",
    "myapp://done@evil",
    "myapp://other",
    "myapp:done",
    "com.example.app:/oauthevil",
    "com.example.app://oauth",
    "otherapp://done",
    "https://example.org.evil",
    "https://example.org:443@evil.example",
    f"https://example.org/{'x' * 500}",
)


class TestWhereItLeads:
    @pytest.fixture(autouse=True)
    def places(self, settings):
        settings.CONNECT_RETURN_URLS = tuple(map(ReturnPlace.read, PLACES))

    @pytest.mark.parametrize("url", GOOD)
    def test_what_is_listed(self, alice, url):
        assert alice.post("connect/link/", {"return_url": url}).status_code == 200

    @pytest.mark.parametrize("url", BAD)
    def test_nothing_else(self, alice, url):
        status, body = alice.refused("connect/link/", {"return_url": url})

        assert (status, body["error"], body["field"]) == (400, "validation_error", "return_url")
        assert not ConnectLink.objects.exists()

    @pytest.mark.parametrize("url", BAD)
    def test_spaces_around_it_do_not_help(self, url):
        assert not may_return_to(f" {url}", live.CONNECT_RETURN_URLS)

    @pytest.mark.parametrize("entry", ["http://app.example.com", "javascript:x", "*", "https://*", "https://", "a b:c"])
    def test_an_operator_cannot_list_what_is_no_place(self, entry):
        with pytest.raises(ValueError, match=r"not|dots"):
            ReturnPlace.read(entry)

    def test_nothing_is_listed_by_default(self, settings, alice):
        settings.CONNECT_RETURN_URLS = ()

        assert alice.refused("connect/link/", {"return_url": "https://app.example.com/connected"})[0] == 400

    def test_an_answer_is_ours_whatever_the_app_wrote(self):
        url = "https://example.org/back?flow=1&result=success&network_id=7"

        told = with_answer(url, {"result": "error", "error": "access_denied"})

        assert told == "https://example.org/back?flow=1&result=error&error=access_denied"
        assert with_answer("whole://", {"result": "error"}) == "whole://?result=error"
        assert with_answer("com.example.app:/oauth", {"result": "error"}) == "com.example.app:/oauth?result=error"

    @pytest.mark.parametrize("name", ["next", "return_url", "redirect", "redirect_uri"])
    def test_a_page_and_a_callback_take_no_address(self, settings, sandbox, alice, browser, name):
        settings.CONNECT_RETURN_URLS = (ReturnPlace.read(BACK),)
        url = a_link(alice)
        asked = browser.asked(url, "tiktok")

        answer = browser.answered("tiktok", state=asked["state"], code=a_code(), **{name: "https://evil.example"})

        assert "evil" not in str(told(answer))
        assert "evil" not in browser.client.get(f"{path_of(url)}?{name}=https://evil.example").content.decode()


def test_of_two_answers_at_once_the_second_undoes_itself(sandbox, alice, browser, monkeypatch):
    def overtaken(*arguments, **more):
        ConnectLink.objects.update(spent_at=timezone.now(), state="")
        return connect_account(*arguments, **more)

    monkeypatch.setattr("social_auth.connections.link_callbacks.connect_account", overtaken)

    browser.connect(a_link(alice), "tiktok")

    assert not SocialNetwork.objects.exists()
    assert Revocation.objects.count() == 1


def test_two_taps_in_the_same_moment_have_one_winner(alice):
    link, _ = ConnectLink.objects.make(alice.user)
    now = timezone.now()

    assert link.send_out("one", "tiktok", "s1", now)
    assert not link.send_out("other", "tiktok", "s2", now)
    assert not link.send_out("one", "tiktok", "s3", now + timedelta(minutes=15))
