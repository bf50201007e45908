"""What lies in the outbox: sealed, rotated with the keys, and left alone by who cannot open it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.notices import mail, news
from social_auth.notices.models import Mail, MailedEvent
from social_auth.notices.outbox import Letter
from tests.support.api import alone
from tests.support.mails import send_mails

NEW = "new:bmV3LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMtMTI="


@pytest.fixture
def waiting(alice, settings):
    """A code that was asked for and is not sent yet."""
    alice.verify_address()
    alice.ok("account/erase/code/")
    return Mail.objects.get()


@pytest.mark.django_db
class TestKeys:
    def test_are_rotated_under_it(self, waiting, settings, mailoutbox, capsys):
        settings.CONNECT_TOKEN_KEYS = f"{NEW},{settings.CONNECT_TOKEN_KEYS}"
        call_command("rotate_token_keys")
        settings.CONNECT_TOKEN_KEYS = NEW
        send_mails()
        assert [sent.to for sent in mailoutbox] == [["alice@example.org"]]

    def test_who_lacks_one_leaves_it_to_others(self, waiting, settings, mailoutbox):
        keys, settings.CONNECT_TOKEN_KEYS = settings.CONNECT_TOKEN_KEYS, NEW
        send_mails()
        left = Mail.objects.get()
        assert (left.failures, left.lease_until, left.due_at > timezone.now()) == (0, None, True)
        settings.CONNECT_TOKEN_KEYS = keys
        Mail.objects.update(due_at=timezone.now())
        send_mails()
        assert len(mailoutbox) == 1

    def test_an_address_that_is_none_is_dropped(self, waiting, mailoutbox):
        waiting.put_in(Letter(to="a@example.org\r\nBcc: c@example.org", subject="x", text="x", html="x"))
        send_mails()
        assert (mailoutbox, Mail.objects.count()) == ([], 0)

    def test_one_that_its_workers_die_of_is_given_up(self, waiting, mailoutbox):
        Mail.objects.update(failures=mail.MOST_ATTEMPTS)
        send_mails()
        assert (mailoutbox, Mail.objects.count()) == ([], 0)

    def test_one_that_does_not_open_is_dropped(self, waiting, mailoutbox):
        Mail.objects.update(access_cipher=waiting.access_cipher[:-8] + "AAAAAAA=")
        send_mails()
        assert (mailoutbox, Mail.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_a_hint_sends_it_at_once(waiting, mailoutbox):
    mail.send_now(waiting.pk)
    mail.send_now(waiting.pk)
    assert len(mailoutbox) == 1
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_an_erasure_takes_along_what_waits(waiting, alice, mailoutbox):
    alice.close_account()
    send_mails()
    assert [sent.subject for sent in mailoutbox] == ["[Connect] Your account is erased"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_tell_each_event_once(alice, staff):
    for number in range(10):
        SocialNetwork.objects.get(pk=alice.claim(name=f"name{number}")).accept(by=staff)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: alone(news.write_mails)(), range(8)))
    assert (sum(told), MailedEvent.objects.count(), Mail.objects.count()) == (10, 10, 1)
