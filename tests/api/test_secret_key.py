"""SECRET_KEY changes with the one before among its fallbacks: sessions, tokens and all that it signed live on."""

import re
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from connect.models import User
from connect.sessions.models import Session
from social_auth.sign_in import access_tokens
from tests.support.api import PASSWORD, a_claim
from tests.support.mails import send_mails

pytestmark = pytest.mark.django_db
BASE = "/_allauth/app/v1"
NEW = "another-secret-key-of-more-than-fifty-characters-0123456789"


def post(path, body, **headers):
    return Client().post(f"{BASE}/{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def meta(alice):
    """Alice's three tokens."""
    return post("auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]


@pytest.fixture
def rotate(settings):
    """Restart every process with a new SECRET_KEY, and the one before in its fallbacks or not."""

    def to(new, *fallbacks):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [*fallbacks]
        access_tokens._signed_by_us.cache_clear()

    yield to
    access_tokens._signed_by_us.cache_clear()


@pytest.fixture
def rotated(meta, rotate, settings):
    rotate(NEW, settings.SECRET_KEY)


@pytest.fixture
def replaced(meta, rotate):
    rotate(NEW)


def by_bearer(token):
    return Client().post("/api/get/networks/", headers={"Authorization": f"Bearer {token}"}).status_code


def by_session(token):
    return Client().post("/api/get/networks/", headers={"X-Session-Token": token}).status_code


class TestWithTheOldOneAmongTheFallbacks:
    def test_every_token_goes_on(self, meta, rotated):
        for _ in range(2):
            assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 200

    def test_they_are_renewed_under_the_new_one(self, meta, rotated, rotate):
        answer = post("tokens/refresh", {"refresh_token": meta["refresh_token"]})
        assert answer.status_code == 200, answer.content
        told = answer.json()["data"]
        assert post("tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 400  # they rotate
        rotate(NEW)  # in a month, when nothing of before is left
        assert by_bearer(told["access_token"]) == by_session(meta["session_token"]) == 200
        assert post("tokens/refresh", {"refresh_token": told["refresh_token"]}).status_code == 200

    def test_all_of_them_in_any_order(self, meta, rotated):
        assert by_session(meta["session_token"]) == 200
        assert post("tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 200
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 200
        assert Session.objects.filter(session_key=meta["session_token"]).count() == 1

    def test_allauths_own_calls_too(self, meta, rotated):
        bearer, session = f"Bearer {meta['access_token']}", meta["session_token"]
        for headers in ({"Authorization": bearer}, {"X-Session-Token": session}):
            answer = Client().get(f"{BASE}/auth/session", headers=headers)
            assert (answer.status_code, answer.json()["meta"]["is_authenticated"]) == (200, True)
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 200

    def test_again_and_again(self, meta, rotated, rotate, settings):
        rotate("x" * 50, *[settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 200
        assert post("tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 200

    def test_a_new_password_ends_them_all_the_same(self, alice, meta, rotated):
        alice.user.set_password("another-long-one")
        alice.user.save()
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 401
        assert post("tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 400

    def test_so_does_ending_all_sessions_and_signing_out(self, alice, meta, rotated):
        other = post("auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]
        Client().delete(f"{BASE}/auth/session", headers={"X-Session-Token": meta["session_token"]})
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 401
        assert by_bearer(other["access_token"]) == 200
        User.objects.update(sessions_ended=1)
        assert by_bearer(other["access_token"]) == by_session(other["session_token"]) == 401

    def test_a_moderators_browser_stays_signed_in(self, desk, rotate, settings):
        assert desk.get("/admin/").status_code == 200
        rotate(NEW, settings.SECRET_KEY)
        assert desk.get("/admin/").status_code == 200

    def test_a_repeated_call_is_told_its_answer(self, alice, rotate, settings):
        key = {"Idempotency-Key": "k"}
        first = alice.post("action/network/approval/", a_claim(), **key)
        rotate(NEW, settings.SECRET_KEY)
        again = alice.post("action/network/approval/", a_claim(), **key)
        assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (200, 200, "true")
        assert again.json() == first.json()

    def test_a_link_in_a_mail_still_leads_somewhere(self, alice, meta, rotate, settings, mailoutbox):
        settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
        session = {"X-Session-Token": meta["session_token"]}
        address = {"email": alice.email}
        assert Client().put(f"{BASE}/account/email", address, "application/json", headers=session).status_code == 200
        send_mails()
        key = re.search(r"verify-email/(\S+)", mailoutbox[-1].body)[1]
        rotate(NEW, settings.SECRET_KEY)
        post("auth/email/verify", {"key": unquote(key)})
        assert EmailAddress.objects.get(user=alice.user).verified


class TestWithoutIt:
    def test_nobody_is_signed_in_any_more(self, meta, replaced):
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 401
        assert post("tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 400

    def test_who_signs_in_again_is(self, alice, meta, replaced):
        meta = post("auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]
        assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 200


def test_a_fallback_signs_nothing(alice, rotate, settings):
    before = settings.SECRET_KEY
    rotate(NEW, before)
    meta = post("auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]
    rotate(before)
    assert by_bearer(meta["access_token"]) == by_session(meta["session_token"]) == 401
