"""The outbox against a real SMTP server: what arrives there, and what becomes of it while the server is away."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from connect.models import User
from networks.models import SocialNetwork
from social_auth.notices.models import Mail
from tests.support.api import PASSWORD
from tests.support.mails import send_mails, send_news

pytestmark = pytest.mark.django_db
BASE = "/_allauth/app/v1"
NOBODY_LISTENS = 9


class Inbox:
    """What the server took, and what it says instead of taking it."""

    def __init__(self):
        self.mails, self.says = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.says.startswith("250"):
            self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return self.says

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "nobody" in address:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


class Server(Controller):
    def _trigger_server(self):
        """It looks whether it answers: at the port that it was given."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def inbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "127.0.0.1", "", ""
    inbox = Inbox()
    server = Server(inbox, hostname="127.0.0.1", port=0)
    server.start()
    inbox.port = settings.EMAIL_PORT = server.port
    yield inbox
    server.stop()


@pytest.fixture
def production(settings):
    """As production asks for it: an address is proven by a code."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True


def allauths(path, body, **headers):
    return Client().post(f"{BASE}/{path}", body, content_type="application/json", headers=headers)


def sign_up(email="maya@example.org"):
    answer = allauths("auth/signup", {"email": email, "password": PASSWORD})
    assert answer.status_code == 401, answer.content  # the code is asked for next
    return {"X-Session-Token": answer.json()["meta"]["session_token"]}


def code_in(mail):
    return re.search(r"^[A-Z0-9-]{6,}\s*$", mail.get_body(("plain",)).get_content(), re.MULTILINE)[0].strip()


class TestSigningUp:
    def test_by_a_code_that_arrives(self, inbox, production):
        session = sign_up()
        send_mails()
        [(receivers, mail)] = inbox.mails
        assert receivers == ["maya@example.org"]
        assert mail["Subject"].startswith("[Connect] ")
        assert code_in(mail) in mail.get_body(("html",)).get_content()
        assert allauths("auth/email/verify", {"key": code_in(mail)}, **session).status_code == 200
        assert EmailAddress.objects.get().verified
        assert not Mail.objects.exists()

    def test_while_the_server_is_away(self, inbox, production, settings):
        settings.EMAIL_PORT = NOBODY_LISTENS
        session = sign_up()
        send_mails()
        assert (User.objects.count(), Mail.objects.get().failures, inbox.mails) == (1, 1, [])
        settings.EMAIL_PORT = inbox.port
        with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
            send_mails()
            [(_, mail)] = inbox.mails
            assert allauths("auth/email/verify", {"key": code_in(mail)}, **session).status_code == 200

    def test_while_it_says_that_it_takes_nothing(self, inbox, production):
        inbox.says = "451 Try later"
        sign_up()
        send_mails()
        assert Mail.objects.get().failures == 1

    def test_the_code_is_readable_nowhere(self, inbox, production):
        sign_up()
        send_mails()
        code = code_in(inbox.mails[0][1])
        inbox.mails.clear()
        inbox.says = "451 Try later"
        with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
            sign_up("leo@example.org")
        row = Mail.objects.get()
        assert "leo" not in str(Mail.objects.values())
        assert row.letter().to == "leo@example.org"
        assert "leo" not in repr(row.letter())
        assert code not in str(Mail.objects.values())

    def test_a_code_that_is_too_old_is_not_sent_and_not_kept(self, inbox, production):
        sign_up()
        with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
            send_mails()
        assert (inbox.mails, Mail.objects.count()) == ([], 0)

    def test_an_address_that_the_server_does_not_know_is_not_tried_again(self, inbox, production):
        sign_up("nobody@example.org")
        send_mails()
        assert (inbox.mails, Mail.objects.count()) == ([], 0)

    def test_another_password(self, inbox, alice):
        allauths("auth/password/request", {"email": alice.email})
        send_mails()
        assert code_in(inbox.mails[0][1])

    def test_a_code_does_not_wait_behind_the_news(self, inbox, alice, production):
        now = timezone.now()
        Mail.objects.bulk_create(Mail(user=alice.user, subject="accepted", due_at=now) for _ in range(50))
        sign_up()
        from social_auth.notices import mail

        claims = list(mail.MAIL.claim_due(timezone.now()))
        assert [claim.lane for claim in claims].count("awaited") == 1


class TestNews:
    def test_what_arrives(self, inbox, alice, sandbox):
        row = SocialNetwork.objects.get(pk=alice.connected("instagram", "maya"))
        SocialNetwork.objects.filter(pk=row.pk).update(health="reauth_required")
        send_news()
        found = {mail["Subject"]: mail for _, mail in inbox.mails}
        [mail] = [mail for subject, mail in found.items() if "does not work any more" in subject]
        assert mail["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].endswith("@localhost>")
        assert mail.get_content_type() == "multipart/alternative"
        text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert "Instagram does not accept the connection" in text
        assert "prefers-color-scheme: dark" in page
        assert "http" not in re.sub(r'href="[^"]*"', "", page)  # no picture, no font, nothing that tells who reads it
