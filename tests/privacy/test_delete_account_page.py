"""Erasing an account without the app: an address, a mailed code, the receipt; nobody learns who is known here."""

import re
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connect.models import User
from networks.models import SocialNetwork
from social_auth.notices.models import Mail
from social_auth.privacy.fresh_proof import CODE_SECONDS
from social_auth.privacy.models import Erasure, ErasureReceipt
from tests.support.due import erase_all
from tests.support.hostile import TEXTS
from tests.support.mails import send_mails

pytestmark = pytest.mark.django_db
PAGE = "/account/delete/"


def browse(**fields):
    """Send the form as a browser does that keeps no cookies."""
    return Client(enforce_csrf_checks=True).post(PAGE, fields)


def text(answer):
    return answer.content.decode()


@pytest.fixture
def maya(alice):
    """Alice, whose address is verified."""
    alice.verify_address()
    return alice


@pytest.fixture
def code(maya, mailoutbox):
    assert browse(email=maya.email).status_code == 200
    send_mails()
    [mail] = mailoutbox
    assert mail.to == [maya.email]
    mailoutbox.clear()
    return re.search(r"\n\n(\S+)\n\n", mail.body)[1]


def is_open(creator):
    return User.objects.get(pk=creator.user.pk).is_active


class TestErasing:
    def test_from_the_address_to_the_receipt(self, maya, code, sandbox, mailoutbox):
        maya.connected("tiktok")
        answer = browse(email=maya.email, code=code, confirm="erase")
        receipt = ErasureReceipt.objects.get().code
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}{receipt}/")
        assert not is_open(maya)
        page = Client().get(answer["Location"])
        assert "is being erased" in text(page)
        assert receipt in text(page)
        assert maya.email not in text(page)
        erase_all()
        assert not SocialNetwork.objects.exists()

    def test_the_last_mail_is_the_receipt(self, maya, code, mailoutbox, settings):
        settings.CONNECT_PUBLIC_URL = "https://connect.example.org"
        browse(email=maya.email, code=code, confirm="erase")
        assert maya.email not in str(Mail.objects.values())
        send_mails()
        [mail] = mailoutbox
        receipt = ErasureReceipt.objects.get().code
        assert (mail.to, mail.subject) == ([maya.email], "[Connect] Your account is erased")
        assert f"https://connect.example.org{PAGE}{receipt}/" in mail.body
        assert not Mail.objects.exists()

    def test_by_the_app_it_is_mailed_as_well(self, alice, mailoutbox):
        alice.close_account()
        send_mails()
        assert [mail.subject for mail in mailoutbox] == ["[Connect] Your account is erased"]

    def test_the_receipt_says_when_it_is_done(self, maya, code):
        page = browse(email=maya.email, code=code, confirm="erase")["Location"]
        erase_all()
        assert "Your account is erased" in text(Client().get(page))

    def test_the_code_as_people_type_it(self, maya, code):
        browse(email=f" {maya.email.upper()} ", code=code.lower().replace("-", " ").replace(" ", ""), confirm="erase")
        assert not is_open(maya)

    def test_it_must_be_meant_and_the_code_is_kept(self, maya, code):
        answer = browse(email=maya.email, code=code)
        assert answer.status_code == 400
        assert "Tick the box" in text(answer)
        assert is_open(maya)
        assert browse(email=maya.email, code=code, confirm="erase").status_code == 302

    def test_a_code_is_good_once(self, maya, code):
        for _ in range(2):
            browse(email=maya.email, code=code, confirm="erase")
        assert Erasure.objects.count() == 1


class TestWrongCodes:
    @pytest.mark.parametrize("wrong", ["", "x", "ABC-DEF", "é" * 500])
    def test_erase_nothing(self, maya, code, wrong):
        answer = browse(email=maya.email, code=wrong, confirm="erase")
        assert answer.status_code == 403
        assert "does not fit" in text(answer)
        assert is_open(maya)

    def test_three_of_them_are_enough(self, maya, code):
        for _ in range(3):
            browse(email=maya.email, code="wrong", confirm="erase")
        assert browse(email=maya.email, code=code, confirm="erase").status_code == 403
        assert is_open(maya)

    def test_one_that_is_too_old(self, maya, code):
        late = timezone.now() + timedelta(seconds=CODE_SECONDS + 1)
        with time_machine.travel(late, tick=False):
            assert browse(email=maya.email, code=code, confirm="erase").status_code == 403
        assert is_open(maya)

    def test_somebody_elses(self, maya, code, bob):
        bob.verify_address()
        assert browse(email=bob.email, code=code, confirm="erase").status_code == 403
        assert is_open(bob)


class TestWhoIsKnown:
    def answers(self, email, **more):
        answer = browse(email=email, **more)
        page = re.sub(re.escape(email), "", text(answer))
        return answer.status_code, page, sorted(answer.headers.items() - {("Content-Length", answer["Content-Length"])})

    @pytest.mark.parametrize("more", [{}, {"code": "ABC-DEF", "confirm": "erase"}])
    def test_the_page_says_the_same(self, maya, more):
        known, unknown = (self.answers(email, **more) for email in (maya.email, "nobody@example.org"))
        strip = [(status, page) for status, page, _ in (known, unknown)]
        assert strip[0] == strip[1]

    def test_and_does_as_much(self, maya, mailoutbox):
        browse(email=maya.email)
        browse(email="nobody@example.org")
        counts = []
        for email in (maya.email, "nobody@example.org"):
            with CaptureQueriesContext(connection) as queries:
                browse(email=email)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        send_mails()
        assert {mail.to[0] for mail in mailoutbox} == {maya.email}
        assert not Mail.objects.exists()

    def test_the_code_of_nobody_erases_nobody(self, maya, monkeypatch):
        monkeypatch.setattr("allauth.account.adapter.generate_user_code", lambda **_: "ABC-DEF")
        browse(email="nobody@example.org")
        assert browse(email="nobody@example.org", code="ABC-DEF", confirm="erase").status_code == 403

    def test_an_address_that_somebody_only_typed_gets_no_code(self, alice, mailoutbox):
        assert not EmailAddress.objects.get().verified
        browse(email=alice.email)
        send_mails()
        assert mailoutbox == []

    def test_nor_does_staff(self, maya, mailoutbox):
        User.objects.filter(pk=maya.user.pk).update(is_staff=True)
        browse(email=maya.email)
        send_mails()
        assert mailoutbox == []

    @pytest.mark.parametrize(
        "email", ["", "x", "a@b", "a b@example.org", "\r\nBcc: x@example.org", "x" * 400 + "@e.org"]
    )
    def test_what_is_no_address(self, db, email):
        answer = browse(email=email)
        assert answer.status_code == 400
        assert "not an e-mail address" in text(answer)


class TestLimits:
    def test_codes_are_mailed_three_times_a_minute(self, maya, settings):
        settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "3/m/key"}
        answers = [browse(email=maya.email) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[3]["Retry-After"] == "60"
        assert browse(email="other@example.org").status_code == 200

    def test_codes_are_guessed_twenty_times_a_minute(self, maya, settings):
        settings.ACCOUNT_RATE_LIMITS = {"reset_password_from_key": "20/m/ip"}
        tries = [browse(email=maya.email, code="x", confirm="erase").status_code for _ in range(21)]
        assert tries == [403] * 20 + [429]


class TestThePage:
    @pytest.mark.parametrize("path", [PAGE, "/account/delete", f"{PAGE}0123456789abcdef01234567/"])
    def test_is_strict_and_sets_no_cookie(self, db, path):
        answer = Client().get(path)
        assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert (answer["X-Frame-Options"], answer["Referrer-Policy"]) == ("DENY", "no-referrer")
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies
        assert not re.search(r"<script|<style|style=|\son\w+=|https?://", text(answer))

    def test_looks_like_the_platforms_own(self, db, settings):
        own = {"name": "Maker & Co", "logo": "https://maker.example/logo.svg", "privacy_url": "/privacy"}
        settings.CONNECT_BRAND = {**settings.CONNECT_BRAND, **own}
        answer = Client().get(PAGE)
        assert '<img src="https://maker.example/logo.svg" alt="Maker &amp; Co"' in text(answer)
        assert '<a href="/privacy">' in text(answer)
        assert "img-src 'self' data: https://maker.example;" in answer["Content-Security-Policy"]

    @pytest.mark.parametrize("receipt", ["0123456789abcdef01234567", "x"])
    def test_a_receipt_that_is_none(self, db, receipt):
        answer = Client().get(f"{PAGE}{receipt}/")
        assert answer.status_code == 404
        assert "No such receipt" in text(answer)

    @pytest.mark.slow
    @pytest.mark.parametrize("field", ["email", "code", "confirm"])
    def test_answers_whatever_is_sent(self, maya, field):
        usual = {"email": maya.email, "code": "ABC-DEF", "confirm": "erase"}
        for value in TEXTS:
            sent = urlencode({**usual, field: value.encode("utf-8", "surrogatepass")})
            answer = Client(raise_request_exception=False).post(PAGE, sent, "application/x-www-form-urlencoded")
            assert answer.status_code in (400, 403, 413), (value, answer.status_code)
        assert is_open(maya)

    @pytest.mark.slow
    def test_so_does_the_page_of_a_receipt_and_of_a_link_in_a_mail(self, db):
        for value in TEXTS:
            for path in (
                f"{PAGE}{quote(value, errors='replace')}/",
                f"/notices/unsubscribe/{quote(value, errors='replace')}/",
            ):
                answer = Client(raise_request_exception=False).post(path)
                assert answer.status_code in (400, 403, 404, 405), (path, answer.status_code)

    def test_another_method_or_body_is_refused(self, db):
        assert Client().put(PAGE).status_code == 405
        assert Client().post(PAGE, {"email": "a@example.org"}, content_type="application/json").status_code == 400
