"""A session that was stolen makes no fresh proof of its own: no first password, no address, no second factor."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from connect.models import User
from social_auth.notices.models import Mail
from tests.sign_in.test_staff_sign_in import code_of
from tests.support.api import PASSWORD
from tests.support.calls import a_code
from tests.support.google import an_id_token, sign_in
from tests.support.mails import send_mails

pytestmark = pytest.mark.django_db
BASE = "/_allauth/app/v1"
REFUSED = {"error": "fresh_sign_in_required", "message": "Sign in again to do this"}
NEW = {"new_password": "the-thief-knows-this"}
ADDRESS = {"email": "thief@example.org"}


class App:
    """One session of an app, used through allauth's own calls."""

    def __init__(self, token):
        self.token = token
        self.client = Client(headers={"X-Session-Token": token})

    def post(self, path, body):
        return self.client.post(f"{BASE}/{path}", body, content_type="application/json")


def refused(answer):
    return (answer.status_code, answer.json()) == (403, REFUSED)


@pytest.fixture
def an_hour_later():
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def maya(sandbox):
    """The session of somebody who signed up by Google and has no password."""
    return App(sign_in(an_id_token()).json()["meta"]["session_token"])


class TestAnOldSessionIsNotEnough:
    def test_for_a_first_password(self, maya, an_hour_later):
        assert refused(maya.post("account/password/change", NEW))
        assert not User.objects.get().has_usable_password()

    def test_for_an_address(self, maya, an_hour_later):
        assert refused(maya.post("account/email", ADDRESS))
        assert [*EmailAddress.objects.values_list("email", flat=True)] == ["maya@creators.test"]
        assert not Mail.objects.exists()

    @pytest.mark.parametrize("method", ["patch", "delete"])
    def test_for_another_primary_address_or_one_less(self, maya, an_hour_later, method):
        EmailAddress.objects.create(user=User.objects.get(), email="maya@example.org", verified=True)
        answer = getattr(maya.client, method)(
            f"{BASE}/account/email", {"email": "maya@example.org", "primary": True}, content_type="application/json"
        )
        assert refused(answer)
        assert EmailAddress.objects.filter(email="maya@example.org", primary=False).exists()

    def test_for_a_second_factor_which_would_be_a_sign_in_of_its_own(self, maya, an_hour_later):
        secret = maya.client.get(f"{BASE}/account/authenticators/totp").json()["meta"]["secret"]
        assert refused(maya.post("account/authenticators/totp", {"code": code_of(secret)}))
        assert not Authenticator.objects.exists()

    def test_nor_is_one_whose_token_was_refreshed(self, sandbox):
        meta = sign_in(an_id_token()).json()["meta"]
        with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
            body = {"refresh_token": meta["refresh_token"]}
            fresh = Client().post(f"{BASE}/tokens/refresh", body, content_type="application/json").json()["data"]
            answer = Client().post(
                f"{BASE}/account/password/change",
                NEW,
                content_type="application/json",
                headers={"Authorization": f"Bearer {fresh['access_token']}"},
            )
        assert refused(answer)

    def test_of_somebody_with_a_password(self, alice, an_hour_later):
        app = App(alice.session_token)
        assert refused(app.post("account/email", ADDRESS))
        assert app.post("account/password/change", NEW).status_code == 400
        assert app.post("account/password/change", {**NEW, "current_password": "guessed"}).status_code == 400

    def test_so_a_thief_cannot_erase_the_account(self, maya, an_hour_later, mailoutbox):
        maya.post("account/password/change", NEW)
        maya.post("account/email", ADDRESS)
        thief = Client(headers={"X-Session-Token": maya.token})
        thief.post("/api/account/erase/code/", {}, content_type="application/json")
        send_mails()
        assert [mail.to for mail in mailoutbox] == [["maya@creators.test"]]
        body = {"confirm": "erase", "password": NEW["new_password"]}
        answer = thief.post("/api/account/erase/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (403, "fresh_proof_required")


class TestASignInOfJustNowIs:
    def test_for_a_first_password(self, maya):
        assert maya.post("account/password/change", NEW).status_code == 200
        assert User.objects.get().check_password(NEW["new_password"])

    def test_by_the_provider_once_more(self, maya, an_hour_later):
        again = App(sign_in(an_id_token()).json()["meta"]["session_token"])
        assert again.post("account/email", {"email": "maya@example.org"}).status_code == 200
        assert EmailAddress.objects.filter(email="maya@example.org", verified=False).exists()
        secret = again.client.get(f"{BASE}/account/authenticators/totp").json()["meta"]["secret"]
        assert again.post("account/authenticators/totp", {"code": code_of(secret)}).status_code == 200

    def test_by_the_provider_in_the_same_session(self, maya, an_hour_later):
        token = {"client_id": "google-client-id", "id_token": an_id_token()}
        answer = maya.post("auth/provider/token", {"provider": "google", "process": "login", "token": token})
        again = App(answer.json()["meta"]["session_token"])
        assert again.post("account/password/change", NEW).status_code == 200

    def test_by_the_password_once_more(self, alice, an_hour_later):
        app = App(alice.session_token)
        assert app.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        assert app.post("account/email", {"email": "alice@example.com"}).status_code == 200

    def test_a_password_is_changed_by_the_one_of_before(self, alice, an_hour_later):
        changed = App(alice.session_token).post("account/password/change", {**NEW, "current_password": PASSWORD})
        assert changed.status_code == 200

    def test_who_has_just_signed_up(self, alice):
        assert App(alice.session_token).post("account/email", {"email": "alice@example.com"}).status_code == 200


class TestAnAccountThatAThiefConnected:
    """It opens the account here, as any that is connected does, and is no proof for a week."""

    @pytest.fixture
    def thief(self, alice, sandbox, an_hour_later):
        alice.sign_in_again()
        alice.connected("google", "thief")
        return App(sign_in(an_id_token("thief")).json()["meta"]["session_token"])

    def test_signing_in_by_it_is_not_fresh(self, alice, thief):
        assert thief.client.get(f"{BASE}/auth/session").json()["data"]["user"]["id"] == alice.user.pk
        assert refused(thief.post("account/email", ADDRESS))
        secret = thief.client.get(f"{BASE}/account/authenticators/totp").json()["meta"]["secret"]
        assert refused(thief.post("account/authenticators/totp", {"code": code_of(secret)}))

    def test_nor_does_it_erase(self, alice, thief):
        body = {"confirm": "erase", "network": "youtube", "id_token": an_id_token("thief")}
        status, told = alice.refused("account/erase/", body)
        assert (status, told["error"], told["field"]) == (403, "fresh_proof_required", "network")
        assert "less than seven days" in told["message"]

    def test_after_a_week_it_is_as_good_as_others(self, alice, thief):
        with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
            later = App(sign_in(an_id_token("thief")).json()["meta"]["session_token"])
            assert later.post("account/email", {"email": "alice@example.com"}).status_code == 200

    def test_the_password_is_asked_meanwhile(self, thief):
        assert thief.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        assert thief.post("account/email", {"email": "alice@example.com"}).status_code == 200

    def test_one_that_was_moved_here_is_as_new_as_one_that_was_connected(self, bob, sandbox):
        sign_in(an_id_token("thief"))
        with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
            bob.sign_in_again()
            bob.ok("account/sign-in/move/", {"network": "youtube"} | a_code("youtube", "thief"))
            with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
                moved = App(sign_in(an_id_token("thief")).json()["meta"]["session_token"])
                assert moved.client.get(f"{BASE}/auth/session").json()["data"]["user"]["id"] == bob.user.pk
                assert refused(moved.post("account/email", ADDRESS))
