"""Staff sign in by password and second factor: nobody is in before both were right, and guessing is limited."""

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connect.models import User
from connect.secret_keys.keyring import WrongKey
from social_auth.credentials import key_checks

pytestmark = pytest.mark.django_db
LOGIN, CODE = "/admin/login/?next=/admin/queue/", "/admin/login/code/"
LIST = "/admin/networks/socialnetwork/"
OLD_AND_NEW = "new:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=,dev:ZGV2ZWxvcG1lbnQtb25seS1rZXktb2YtMzItYnl0ZXM="


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_SECOND_FACTOR = True


def code_of(secret):
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def key_on(page):
    """The key that is to be typed, which the page shows in groups of four."""
    return re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page.content.decode()).group(1).replace(" ", "")


def by_password(client, staff, password="moderating-all-day"):
    return client.post(LOGIN, {"username": staff.email, "password": password})


def enrolled(staff):
    """Sign in for the first time as a browser would; return the device's secret and the recovery codes."""
    client = Client()
    assert by_password(client, staff).headers["Location"] == CODE
    secret = key_on(client.get(CODE))
    page = client.post(CODE, {"code": code_of(secret)})
    codes = re.findall(r"<li>(\d{8})</li>", page.content.decode())
    assert client.get(LIST).status_code == 200
    return secret, codes


def is_in(client):
    return client.get(LIST).status_code == 200


class TestFirstSignIn:
    def test_sets_up_a_device_and_recovery_codes(self, staff):
        _, codes = enrolled(staff)
        assert len(set(codes)) == 10
        assert Authenticator.objects.filter(user=staff).count() == 2

    def test_a_wrong_code_keeps_the_same_key_and_nobody_is_in(self, staff, client):
        by_password(client, staff)
        secret = key_on(client.get(CODE))
        page = client.post(CODE, {"code": "000000"})
        assert "Incorrect code" in page.content.decode()
        assert key_on(page) == secret
        assert not is_in(client)
        assert not Authenticator.objects.exists()

    def test_the_password_alone_opens_neither_the_admin_nor_the_api(self, staff, client):
        by_password(client, staff)
        assert not is_in(client)
        held = client.cookies["sessionid"].value
        answer = Client().post("/api/get/networks/", headers={"X-Session-Token": held})
        assert answer.status_code == 401


class TestEverySignIn:
    def test_asks_for_a_code(self, staff, client):
        secret, _ = enrolled(staff)
        assert by_password(client, staff).headers["Location"] == CODE
        assert secret not in client.get(CODE).content.decode()
        with time_machine.travel(timezone.now() + timezone.timedelta(seconds=90), tick=False):
            assert client.post(CODE, {"code": code_of(secret)}).headers["Location"] == "/admin/queue/"
            assert is_in(client)

    def test_a_code_works_once(self, staff, client):
        secret, _ = enrolled(staff)
        with time_machine.travel(timezone.now() + timezone.timedelta(seconds=90), tick=False):
            for browser, works in ((client, True), (Client(), False)):
                by_password(browser, staff)
                browser.post(CODE, {"code": code_of(secret)})
                assert is_in(browser) is works

    def test_so_does_a_recovery_code(self, staff):
        _, codes = enrolled(staff)
        for works in (True, False):
            browser = Client()
            by_password(browser, staff)
            browser.post(CODE, {"code": codes[0]})
            assert is_in(browser) is works

    def test_guessing_codes_is_limited(self, staff, client, settings):
        secret, _ = enrolled(staff)
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
        by_password(client, staff)
        for _ in range(6):
            client.post(CODE, {"code": "000000"})
        with time_machine.travel(timezone.now() + timezone.timedelta(seconds=90), tick=False):
            page = client.post(CODE, {"code": code_of(secret)})
        assert b"Too many" in page.content
        assert not is_in(client)

    def test_the_step_does_not_wait_for_ever_nor_outlive_the_password(self, staff, client):
        secret, _ = enrolled(staff)
        by_password(client, staff)
        with time_machine.travel(timezone.now() + timezone.timedelta(minutes=11), tick=False):
            assert client.post(CODE, {"code": code_of(secret)}).headers["Location"] == "/admin/login/"
        by_password(client, staff)
        staff.set_password("another-one-altogether")
        staff.save()
        assert client.get(CODE).headers["Location"] == "/admin/login/"

    def test_any_code_is_read(self, staff, client):
        enrolled(staff)
        by_password(client, staff)
        for value in ("", " ", "１２３４５６", "0" * 64, "\u202e", "1e5", "-1", "é"):
            assert client.post(CODE, {"code": value}).status_code == 200, value
        assert not is_in(client)

    def test_not_without_the_password_first(self, staff, client):
        assert client.get(CODE).headers["Location"] == "/admin/login/"
        assert client.post(CODE, {"code": "123456"}).headers["Location"] == "/admin/login/"

    def test_other_sessions_of_staff_do_not_open_the_admin(self, staff, client):
        client.force_login(staff)
        assert not is_in(client)

    def test_no_redirect_to_elsewhere(self, staff, client):
        secret, _ = enrolled(staff)
        client.post(
            "/admin/login/?next=https://evil.example/", {"username": staff.email, "password": "moderating-all-day"}
        )
        with time_machine.travel(timezone.now() + timezone.timedelta(seconds=90), tick=False):
            assert client.post(CODE, {"code": code_of(secret)}).headers["Location"] == "/admin/"


class TestWhereItIsNotRequired:
    def test_the_password_is_enough(self, staff, client, settings):
        settings.STAFF_SECOND_FACTOR = False
        assert by_password(client, staff).headers["Location"] == "/admin/queue/"
        assert is_in(client)

    def test_unless_there_is_a_device(self, staff, client, settings):
        enrolled(staff)
        settings.STAFF_SECOND_FACTOR = False
        by_password(client, staff)
        assert not is_in(client)


class TestSecrets:
    def test_they_are_in_the_vault_and_follow_its_rotation(self, staff, settings):
        secret, _ = enrolled(staff)
        kept = [str(one.data) for one in Authenticator.objects.all()]
        assert all("dev:" in text for text in kept)
        assert secret not in "".join(kept)
        key_checks.check_keys()
        settings.CONNECT_TOKEN_KEYS = ",".join(reversed(OLD_AND_NEW.split(",")))
        key_checks.check_keys()
        settings.CONNECT_TOKEN_KEYS = OLD_AND_NEW
        told = StringIO()
        call_command("rotate_token_keys", "--dry-run", stdout=told)
        call_command("rotate_token_keys", stdout=told)
        assert told.getvalue().splitlines() == [
            "2 to re-encrypt under 'new'.",
            "2 re-encrypted under 'new', 0 left under older keys.",
        ]
        assert all("new:" in str(one.data) for one in Authenticator.objects.all())
        assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))

    def test_a_key_that_they_need_is_missed(self, staff, settings):
        enrolled(staff)
        key_checks.check_keys()
        settings.CONNECT_TOKEN_KEYS = OLD_AND_NEW.split(",")[0]
        with pytest.raises(WrongKey):
            key_checks.check_keys()

    def test_the_admin_shows_no_authenticators(self, staff, client, settings):
        settings.STAFF_SECOND_FACTOR = False
        client.force_login(staff)
        assert is_in(client)
        assert client.get("/admin/mfa/authenticator/").status_code == 404


class TestReset:
    def test_a_lost_device_is_taken_off_and_sessions_end(self, staff, client):
        _, codes = enrolled(staff)
        by_password(client, staff)
        client.post(CODE, {"code": codes[0]})
        assert is_in(client)
        told = StringIO()
        call_command("reset_second_factor", staff.email.upper(), stdout=told)
        assert "the second factor is gone; all sessions ended" in told.getvalue()
        assert not Authenticator.objects.exists()
        assert not is_in(client)
        enrolled(staff)

    def test_of_nobody(self):
        with pytest.raises(CommandError, match="Nobody"):
            call_command("reset_second_factor", "nobody@example.org")


def test_an_app_asks_staff_and_creators_with_a_device_for_a_code_too(staff, client):
    enrolled(staff)
    body = {"email": staff.email, "password": "moderating-all-day"}
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    answer = client.post("/_allauth/app/v1/auth/login", body, content_type="application/json")
    assert answer.status_code == 401
    assert "mfa_authenticate" in [flow["id"] for flow in answer.json()["data"]["flows"]]


class TestKeepingIt:
    DEVICE = "/_allauth/app/v1/account/authenticators/totp"

    def in_the_app(self, user, code):
        body = {"email": user.email, "password": "moderating-all-day"}
        first = Client().post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        headers = {"X-Session-Token": first.json()["meta"]["session_token"]}
        client = Client(headers=headers)
        shown = client.post("/_allauth/app/v1/auth/2fa/authenticate", {"code": code}, content_type="application/json")
        assert shown.status_code == 200, shown.content
        return Client(headers={"X-Session-Token": shown.json()["meta"]["session_token"]})

    def test_staff_cannot_take_theirs_off_by_the_app(self, staff):
        _, codes = enrolled(staff)
        app = self.in_the_app(staff, codes[0])
        assert app.delete(self.DEVICE).status_code == 403
        assert Authenticator.objects.filter(type="totp").exists()

    def test_recovery_codes_are_not_shown_again(self, staff):
        _, codes = enrolled(staff)
        app = self.in_the_app(staff, codes[0])
        answer = app.get("/_allauth/app/v1/account/authenticators/recovery-codes")
        assert not any(code in answer.content.decode() for code in codes)

    def test_without_the_device_the_session_is_worth_nothing(self, staff, client):
        _, codes = enrolled(staff)
        by_password(client, staff)
        client.post(CODE, {"code": codes[0]})
        assert is_in(client)
        Authenticator.objects.all().delete()
        assert not is_in(client)

    def test_a_second_tab_does_not_sign_in_by_a_secret_of_its_own(self, staff):
        tab = Client()
        by_password(tab, staff)
        secret = key_on(tab.get(CODE))
        enrolled(staff)
        tab.post(CODE, {"code": code_of(secret)})
        assert not is_in(tab)


class TestHowLongItLasts:
    @pytest.fixture
    def signed_in(self, staff, client, time_machine):
        """A browser, and a clock that it moves."""
        time_machine.move_to("2027-03-01T08:00:00Z", tick=False)
        secret, _ = enrolled(staff)
        by_password(client, staff)
        time_machine.shift(timedelta(seconds=90))
        client.post(CODE, {"code": code_of(secret)})
        assert is_in(client)
        return client

    def test_half_an_hour_without_a_page(self, signed_in, time_machine):
        time_machine.shift(timedelta(minutes=29))
        assert is_in(signed_in)
        time_machine.shift(timedelta(minutes=29))
        assert is_in(signed_in)
        time_machine.shift(timedelta(minutes=31))
        assert not is_in(signed_in)

    def test_twelve_hours_whatever_one_does(self, signed_in, time_machine):
        for _ in range(35):
            time_machine.shift(timedelta(minutes=20))
            assert is_in(signed_in)
        time_machine.shift(timedelta(minutes=20))
        assert not is_in(signed_in)

    def test_its_session_opens_the_api_no_longer_either(self, signed_in, time_machine):
        headers = {"X-Session-Token": signed_in.session.session_key}
        assert Client().post("/api/get/networks/", headers=headers).status_code == 200
        time_machine.shift(timedelta(minutes=31))
        assert Client().post("/api/get/networks/", headers=headers).status_code == 401

    def test_by_setting(self, signed_in, settings, time_machine):
        settings.STAFF_IDLE = timedelta(minutes=5)
        time_machine.shift(timedelta(minutes=10))
        assert is_in(signed_in)  # the shorter time counts from the next page on
        time_machine.shift(timedelta(minutes=6))
        assert not is_in(signed_in)

    def test_a_session_from_before_there_was_an_end(self, signed_in):
        session = signed_in.session
        del session["staff_sign_in_at"]
        session.save()
        assert not is_in(signed_in)

    def test_the_session_is_written_once_a_minute(self, signed_in, time_machine):
        def writes():
            with CaptureQueriesContext(connection) as captured:
                assert is_in(signed_in)
            return sum("UPDATE" in query["sql"] and "connect_session" in query["sql"] for query in captured)

        time_machine.shift(timedelta(seconds=30))
        assert writes() == 0
        time_machine.shift(timedelta(seconds=60))
        assert writes() == 1

    def test_a_session_of_an_app_lasts_as_long_as_ever_and_opens_no_page(
        self, signed_in, staff, settings, time_machine
    ):
        settings.STAFF_SECOND_FACTOR = False
        Authenticator.objects.all().delete()
        body = {"email": staff.email, "password": "moderating-all-day"}
        answer = Client().post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        token = answer.json()["meta"]["session_token"]
        time_machine.shift(timedelta(days=20))
        assert Client().post("/api/get/networks/", headers={"X-Session-Token": token}).status_code == 200
        browser = Client()
        browser.cookies["sessionid"] = token
        assert not is_in(browser)
