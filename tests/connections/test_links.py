"""A link from the call to the app's return URL, with the sandbox as the provider."""

import base64
import hashlib
import re
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from connect.api.idempotency import IdempotencyKey
from connect.network_table import Network
from connect.sessions.models import Session
from networks.models import SocialNetwork
from social_auth.budgets.models import NetworkPause
from social_auth.connections.models import ConnectLink
from social_auth.connections.tasks import forget_links
from social_auth.providers.adapters import ADAPTERS
from social_auth.sandbox.tokens import mint
from social_auth.sandbox.traits import set_traits
from tests.support.links import BACK, Browser, a_link, path_of, question, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Browser()


def record():
    return SocialNetwork.objects.get()


class TestTheWholeWay:
    @pytest.mark.parametrize("network", Network.values)
    def test_each_network_is_connected_at_once(self, sandbox, alice, browser, network):
        answer = browser.connect(a_link(alice), network)

        row = record()
        assert told(answer) == {"result": "success", "network": network, "network_id": str(row.pk)}
        assert (row.user, row.network, row.status, row.verification_level) == (
            alice.user, network, "accepted", "app",
        )  # fmt: skip

    @pytest.mark.parametrize("network", Network.values)
    def test_the_verifier_fits_the_challenge(self, sandbox, alice, browser, network):
        asked = browser.asked(a_link(alice), network)
        browser.answered(network, state=asked["state"], code=str(mint(network, "maya", kind="code")))

        [exchange] = [call.params for call in sandbox.calls if call.params.get("code")]
        assert exchange["redirect_uri"] == asked["redirect_uri"] == f"http://testserver/connect/callback/{network}/"
        if network == "linkedin":  # it refuses our client for a verifier that it did not ask for
            assert not {"code_challenge", "code_verifier"} & {*asked, *exchange}
            return
        digest = hashlib.sha256(exchange["code_verifier"].encode()).digest()
        plain = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert asked["code_challenge"] == (digest.hex() if network == "tiktok" else plain)
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] not in str(exchange)

    @pytest.mark.parametrize("network", Network.values)
    def test_it_leads_to_the_provider_of_the_stand_in(self, sandbox, alice, browser, network):
        answer = browser.tap(a_link(alice), network)

        adapter = ADAPTERS[network]
        there = f"{sandbox.url}/{adapter.authorize_url.removeprefix('https://')}?"
        assert answer["Location"].startswith(there)
        assert question(answer)[adapter.client_name] == adapter.client_id

    def test_without_a_stand_in_it_leads_to_the_provider(self, settings, alice, browser):
        settings.CONNECT_PROVIDER_PROXY = ""

        answer = browser.tap(a_link(alice), "youtube")

        assert answer["Location"].startswith("https://accounts.google.com/o/oauth2/v2/auth?")
        asked = question(answer)
        assert asked["scope"] == "https://www.googleapis.com/auth/youtube.readonly openid"
        assert asked["access_type"] == "offline"
        assert asked["nonce"] != asked["state"]

    def test_without_a_return_url_it_says_that_it_is_done(self, sandbox, alice, browser):
        url = alice.ok("connect/link/")["url"]

        answer = browser.connect(url, "tiktok")

        assert answer.status_code == 303
        page = browser.open(answer["Location"])
        assert page.status_code == 200
        assert "You may close this page" in page.content.decode()

    def test_optional_scopes_are_asked_for_if_they_are_ticked(self, sandbox, alice, browser):
        url = a_link(alice)

        assert browser.asked(url, "pinterest")["scope"] == "user_accounts:read"
        assert browser.asked(url, "pinterest", "boards")["scope"] == "user_accounts:read,boards:read"
        assert browser.asked(url, "pinterest", "boards", "ads:write")["scope"] == "user_accounts:read,boards:read"

    def test_what_is_not_admitted_is_not_offered(self, settings, alice, browser):
        settings.CONNECT_OPTIONAL_SCOPES = frozenset()
        url = a_link(alice)

        assert b"checkbox" not in browser.open(url).content
        assert "boards:read" not in browser.asked(url, "pinterest", "boards")["scope"]

    def test_it_proposes_what_the_app_asked_for(self, alice, browser):
        page = browser.open(a_link(alice, network="facebook", scopes=["pages_show_list"])).content.decode()

        assert re.search(r'value="pages" checked', page)

    def test_granted_scopes_are_shown_and_what_is_missing_can_be_asked_for(self, sandbox, alice, browser):
        browser.connect(a_link(alice), "tiktok")
        [row] = alice.ok("get/networks/", {"view": "full"})["networks"]

        url = a_link(alice, network_id=row["id"], scopes=row["scopes_missing"])

        assert "user.info.stats" in row["scopes_granted"]
        assert not {*row["scopes_granted"]} & {*row["scopes_missing"]}
        assert browser.asked(url, "tiktok")["state"]

    def test_it_makes_no_way_to_sign_in(self, sandbox, alice, browser):
        """Whoever gets hold of a link could else connect an account of their own, and sign in by it."""
        browser.connect(a_link(alice), "pinterest")

        assert record().verified
        assert not SocialAccount.objects.exists()

    def test_it_moves_no_sign_in(self, sandbox, alice, bob, browser):
        bob.ok("auth/pinterest/", {"code": str(mint("pinterest", "maya", kind="code")), "redirect_uri": "x:y"})
        bob.ok("network/disconnect/", {"network_id": record().pk})

        browser.connect(a_link(alice), "pinterest")

        assert SocialAccount.objects.get().user == bob.user

    def test_nobody_is_signed_in_by_it(self, sandbox, alice, browser):
        before = Session.objects.count()

        browser.connect(a_link(alice), "tiktok")

        assert Session.objects.count() == before
        assert set(browser.client.cookies) == {"connect_browser"}


class TestReconnecting:
    def test_the_same_account_is_taken(self, sandbox, alice, browser):
        pk = alice.connected("tiktok")

        answer = browser.connect(a_link(alice, network_id=pk), "tiktok")

        assert told(answer)["network_id"] == str(pk)

    @pytest.mark.parametrize("network", Network.values)
    def test_no_other_account_is(self, sandbox, alice, browser, network):
        pk = alice.connected("google" if network == "youtube" else network)
        url = a_link(alice, network_id=pk)

        answer = browser.connect(url, network, "leo")

        assert answer["Location"] == path_of(url)
        assert "with another account than" in browser.open(url).content.decode()
        assert record().pk == pk

    def test_nor_one_that_is_connected_beside_it(self, sandbox, alice, browser):
        pk = alice.connected("tiktok", "maya")
        alice.connected("tiktok", "leo")
        url = a_link(alice, network_id=pk)

        assert browser.connect(url, "tiktok", "leo")["Location"] == path_of(url)

    def test_a_claim_is_proven_by_its_own_account_alone(self, sandbox, alice, browser):
        pk = alice.claim("pinterest", "maya")
        url = a_link(alice, network_id=pk)

        assert browser.connect(url, "pinterest", "leo")["Location"] == path_of(url)
        assert not SocialNetwork.objects.filter(verified=True).exists()
        assert told(browser.connect(url, "pinterest", "maya"))["network_id"] == str(pk)

    def test_facebooks_choice_of_pages_is_shown_again(self, sandbox, alice, browser):
        """Without `rerequest` Meta answers at once with the pages that were ticked the first time."""
        pk = alice.connected("facebook")
        asked = browser.asked(a_link(alice, network_id=pk), "facebook", "pages")
        assert asked["auth_type"] == "rerequest"
        assert "pages_show_list" in asked["scope"]

    def test_what_was_allowed_before_stays_ticked(self, sandbox, alice, browser):
        pk = alice.connected("facebook")

        page = browser.open(a_link(alice, network_id=pk)).content.decode()

        assert re.search(r'value="pages" checked', page)

    def test_only_ones_own_record(self, sandbox, alice, bob):
        pk = alice.connected("tiktok")

        assert bob.refused("connect/link/", {"network_id": pk})[1]["error"] == "permission_denied"
        assert bob.refused("connect/link/", {"network_id": pk + 1})[1]["error"] == "network_not_found"

    def test_the_network_must_be_the_records(self, alice):
        status, body = alice.refused("connect/link/", {"network_id": alice.claim(), "network": "tiktok"})

        assert (status, body["error"], body["field"]) == (400, "validation_error", "network")


class TestWhatGoesWrong:
    def leads_back(self, browser, url, answer, sentence):
        """To the page, which says what to do, and can be used once more."""
        assert answer.status_code == 303, answer.content
        assert answer["Location"] == path_of(url)
        page = browser.open(url)
        assert sentence in page.content.decode()
        assert 'role="alert"' in page.content.decode()
        assert not SocialNetwork.objects.exists()
        return page.content.decode().replace("&amp;", "&")

    @pytest.mark.parametrize("word", ["access_denied", "user_cancelled_login", "user_cancelled_authorize"])
    def test_denied(self, sandbox, alice, browser, word):
        url = a_link(alice)
        asked = browser.asked(url, "linkedin")

        answer = browser.answered("linkedin", state=asked["state"], error=word, error_description="<b>No</b>")

        page = self.leads_back(browser, url, answer, "You did not allow it at LinkedIn")
        assert f"{BACK}?result=error&network=linkedin&error=access_denied&reason=denied" in page
        assert told(browser.connect(url, "linkedin"))["result"] == "success"

    def test_a_scope_was_unticked(self, sandbox, alice, browser):
        url = a_link(alice)

        answer = browser.connect(url, "tiktok", state="missing_scope")

        page = self.leads_back(browser, url, answer, "did not let us see what is needed")
        assert "reason=missing_scope" in page

    def test_an_account_that_cannot_be_connected(self, sandbox, alice, browser):
        url = a_link(alice)

        set_traits("instagram", "maya", state="personal")
        answer = browser.connect(url, "instagram")

        self.leads_back(browser, url, answer, "it takes a business account or a creator account")

    def test_somebody_else_has_proven_it(self, sandbox, alice, bob, browser):
        bob.ok("auth/pinterest/", {"code": str(mint("pinterest", "maya", kind="code")), "redirect_uri": "x:y"})
        url = a_link(alice)

        answer = browser.connect(url, "pinterest")

        assert answer["Location"] == path_of(url)
        assert "is connected to somebody else here" in browser.open(url).content.decode()
        assert record().user == bob.user

    def test_a_provider_that_is_down_can_be_asked_again_with_the_same_code(self, sandbox, alice, browser):
        url = a_link(alice)
        asked = browser.asked(url, "youtube")
        answer = {"state": asked["state"], "code": str(mint("youtube", "maya", kind="code"))}
        set_traits("youtube", "*", state="5xx")

        page = browser.answered("youtube", **answer)

        assert (page.status_code, page["Retry-After"]) == (503, "30")
        assert "gives no answer at the moment" in page.content.decode()
        assert "Try again" in page.content.decode()
        set_traits("youtube", "*", state="ok")
        ADAPTERS["youtube"].breaker.reset()
        assert told(browser.answered("youtube", **answer))["result"] == "success"

    def test_what_the_provider_says_of_our_request_is_our_fault(self, alice, browser):
        url = a_link(alice)
        asked = browser.asked(url, "twitter")

        answer = browser.answered("twitter", state=asked["state"], error="invalid_scope")

        self.leads_back(browser, url, answer, "That is our fault and not yours")

    def test_an_answer_without_a_code(self, alice, browser):
        url = a_link(alice)

        answer = browser.answered("twitter", state=browser.asked(url, "twitter")["state"])

        self.leads_back(browser, url, answer, "did not confirm that account")

    def test_the_limit(self, sandbox, settings, alice, browser):
        settings.CONNECT_MAX_NETWORKS = 0
        url = a_link(alice)

        self.leads_back(browser, url, browser.connect(url, "tiktok"), "You have as many networks")

    def test_a_closed_network_says_so(self, settings, alice, browser):
        settings.PROVIDER_CLIENT_SECRETS = {**settings.PROVIDER_CLIENT_SECRETS, "TIKTOK": ""}
        url = a_link(alice, network="tiktok")

        assert "Closed at the moment" in browser.open(url).content.decode()
        assert browser.tap(url, "tiktok").status_code == 503

    def test_one_that_is_left_alone_says_until_when(self, alice, browser):
        breaker = ADAPTERS["tiktok"].breaker
        for account in range(40):
            breaker.record(failed=True, account=account, silent=True)

        assert "Closed at the moment, until" in browser.open(a_link(alice, network="tiktok")).content.decode()

    def test_a_paused_network_says_so_and_can_be_connected(self, sandbox, alice, browser):
        NetworkPause.objects.create(network="tiktok", until=timezone.now() + timedelta(days=1))
        url = a_link(alice, network="tiktok")

        assert "not read at the moment, but again from" in browser.open(url).content.decode()
        assert told(browser.connect(url, "tiktok"))["result"] == "success"

    def test_a_network_that_is_not_of_the_link(self, alice, browser):
        answer = browser.tap(a_link(alice, network="tiktok"), "facebook")

        assert answer.status_code == 400
        assert "not offered by this link" in answer.content.decode()

    def test_too_many_tries(self, sandbox, settings, alice, browser):
        settings.RATE_LIMITS_ON, settings.THROTTLES = True, {**settings.THROTTLES, "connect": (1, 3600)}
        url = a_link(alice)

        page = browser.connect(url, "tiktok")

        assert page.status_code == 503
        assert "That were many tries" in page.content.decode()


class TestItsEnd:
    def test_it_lives_for_a_quarter_of_an_hour(self, alice, browser, time_machine):
        url = a_link(alice)
        time_machine.move_to(timezone.now() + timedelta(minutes=14), tick=False)
        assert browser.open(url).status_code == 200
        time_machine.move_to(timezone.now() + timedelta(minutes=2), tick=False)

        page = browser.open(url)

        assert page.status_code == 410
        assert "This link has ended" in page.content.decode()
        assert browser.client.post(path_of(url), {"network": "tiktok"}).status_code == 410

    def test_who_is_at_the_provider_when_it_ends_comes_back_in_time(self, sandbox, alice, browser, time_machine):
        url = a_link(alice)
        time_machine.move_to(timezone.now() + timedelta(minutes=14), tick=False)
        asked = browser.asked(url, "tiktok")
        time_machine.move_to(timezone.now() + timedelta(minutes=10), tick=False)

        answer = browser.answered("tiktok", state=asked["state"], code=str(mint("tiktok", "maya", kind="code")))

        assert told(answer)["result"] == "success"

    def test_and_too_late(self, sandbox, alice, browser, time_machine):
        asked = browser.asked(a_link(alice), "tiktok")
        time_machine.move_to(timezone.now() + timedelta(minutes=16), tick=False)

        answer = browser.answered("tiktok", state=asked["state"], code=str(mint("tiktok", "maya", kind="code")))

        assert answer.status_code == 400
        assert not SocialNetwork.objects.exists()

    def test_it_is_good_for_one_connection(self, sandbox, alice, browser):
        url = a_link(alice)
        browser.connect(url, "tiktok")

        assert "is connected" in browser.open(url).content.decode()
        assert browser.client.post(path_of(url), {"network": "facebook"}).status_code == 200
        other = Browser().open(url)
        assert (other.status_code, b"This link was used" in other.content) == (410, True)
        assert ConnectLink.objects.get().state == ""

    def test_links_of_a_closed_account_are_none(self, sandbox, alice, browser):
        url = a_link(alice)
        alice.close_account()

        assert browser.open(url).status_code == 404
        assert not ConnectLink.objects.exists()

    def test_they_are_forgotten_a_day_after_their_end(self, alice, time_machine):
        a_link(alice)
        time_machine.move_to(timezone.now() + timedelta(hours=24), tick=False)
        forget_links()
        assert ConnectLink.objects.exists()
        time_machine.move_to(timezone.now() + timedelta(minutes=16), tick=False)

        forget_links()

        assert not ConnectLink.objects.exists()

    def test_its_secret_is_kept_nowhere(self, alice):
        answer = alice.post("connect/link/", **{"Idempotency-Key": "once-and-again"})
        secret = path_of(answer.json()["url"]).split("/")[2]

        assert secret not in str(ConnectLink.objects.values())
        assert not IdempotencyKey.objects.exists()
        assert secret not in str(alice.ok("account/export/"))
        assert len(alice.ok("account/export/")["tables"]["connections.ConnectLink"]) == 1
