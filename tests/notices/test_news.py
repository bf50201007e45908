"""The creator hears of it: once for each incident, of what is still true, and never of their own acts."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from connect.events.models import Event
from networks.models import SocialNetwork
from social_auth.credentials.warnings import write_warnings
from social_auth.notices import news, reconnecting
from social_auth.notices.models import Mail, MailedEvent, MailFeed
from tests.support.mails import send_mails, send_news

pytestmark = pytest.mark.django_db


@pytest.fixture
def instagram(alice, sandbox):
    """A connection of Alice's, of which nothing is left to tell."""
    row = SocialNetwork.objects.get(pk=alice.connected("instagram", "maya"))
    Event.objects.all().delete()
    Mail.objects.all().delete()
    return row


def becomes(row, **columns):
    SocialNetwork.objects.filter(pk=row.pk).update(**columns)


def subjects(mailoutbox):
    told = [mail.subject for mail in mailoutbox]
    mailoutbox.clear()
    return told


class TestAConnection:
    def test_that_broke_and_recovered(self, instagram, mailoutbox):
        becomes(instagram, health="reauth_required")
        send_news()
        [mail] = mailoutbox
        assert mail.to == ["alice@example.org"]
        assert mail.subject.endswith("the connection does not work any more")
        assert "Instagram does not accept the connection" in mail.body
        assert re.search(r"^Connect it again: http://127\.0\.0\.1:\d+/connect/\S{20,}/$", mail.body, re.MULTILINE)
        mailoutbox.clear()
        becomes(instagram, health="healthy")
        send_news()
        assert re.search("the connection works again", subjects(mailoutbox)[0])
        send_news()
        assert mailoutbox == []

    @pytest.mark.parametrize("planned", [True, False], ids=["a round apart", "in one round"])
    def test_that_recovered_before_anybody_was_told(self, instagram, mailoutbox, planned):
        becomes(instagram, health="reauth_required")
        if planned:
            news.write_mails()
        becomes(instagram, health="healthy")
        send_news()
        assert mailoutbox == []
        assert not Mail.objects.exists()

    def test_that_broke_again_while_the_mail_server_was_down(self, instagram, mailoutbox, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr("django.core.mail.message.EmailMessage.send", down)
            for health in ("reauth_required", "healthy", "reauth_required"):
                becomes(instagram, health=health)
                send_news()
        assert mailoutbox == []
        with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
            send_mails()
        assert len(mailoutbox) == 1
        assert "does not work any more" in mailoutbox[0].subject

    def test_that_its_owner_connects_again(self, alice, instagram, mailoutbox):
        becomes(instagram, health="reauth_required")
        send_news()
        mailoutbox.clear()
        alice.connected("instagram", "maya")
        assert Event.objects.get(type="network.recovered").actor == "owner"
        send_news()
        assert mailoutbox == []

    def test_that_recovers_from_what_nobody_was_told(self, instagram, mailoutbox):
        becomes(instagram, health="expiring")
        becomes(instagram, health="healthy")
        assert Event.objects.filter(type="network.recovered").exists()
        send_news()
        assert mailoutbox == []

    @pytest.mark.parametrize(("days", "said"), [(13.5, "14 days"), (6.5, "7 days"), (2.5, "3 days"), (0.5, "1 day:")])
    def test_that_ends(self, instagram, mailoutbox, days, said):
        becomes(instagram, health="expiring", expires_at=timezone.now() + timedelta(days=days), expires_what="grant")
        write_warnings(timezone.now())
        send_news()
        write_warnings(timezone.now())
        send_news()
        [mail] = mailoutbox
        assert said in mail.body
        assert f"the connection ends in {said.rstrip(':')}" in mail.subject

    def test_whose_end_was_put_off_meanwhile(self, instagram, mailoutbox):
        becomes(instagram, health="expiring", expires_at=timezone.now() + timedelta(days=2), expires_what="grant")
        write_warnings(timezone.now())
        news.write_mails()
        becomes(instagram, expires_at=timezone.now() + timedelta(days=50))
        send_news()
        assert mailoutbox == []

    def test_several_that_break_are_one_mail(self, alice, instagram, mailoutbox):
        alice.connected("tiktok", "maya")
        for row in SocialNetwork.objects.all():
            becomes(row, health="reauth_required")
        news.write_mails()
        alice.connected("pinterest", "maya")
        SocialNetwork.objects.filter(network="pinterest").update(health="reauth_required")
        send_news()
        [mail] = [mail for mail in mailoutbox if "work" in mail.subject]
        assert "3 of your connections do not work any more" in mail.subject
        assert all(f"{name} does not accept" in mail.body for name in ("Instagram", "TikTok", "Pinterest"))

    def test_that_somebody_proves_better(self, alice, bob, sandbox, mailoutbox):
        alice.connected("twitter", "maya")
        Event.objects.all().delete()
        from social_auth.sandbox.minting import minted

        bob.ok("auth/twitter/", minted("twitter", "maya", kind="code"))
        send_news()
        [mail] = [mail for mail in mailoutbox if mail.to == ["alice@example.org"]]
        assert "somebody else has proven that it is theirs" in mail.subject
        assert "bob" not in mail.body
        assert "List-Unsubscribe" not in mail.extra_headers

    def test_the_link_is_made_by_who_makes_links(self, instagram, mailoutbox, monkeypatch):
        monkeypatch.setattr(reconnecting, "_makers", [])
        reconnecting.register(lambda network: f"https://connect.example.com/connect/{network.pk}/")
        becomes(instagram, health="reauth_required")
        send_news()
        link = f"https://connect.example.com/connect/{instagram.pk}/"
        assert f"Connect it again: {link}" in mailoutbox[0].body
        assert f'href="{link}"' in html(mailoutbox[0])

    def test_it_looks_like_the_platforms_own(self, instagram, mailoutbox, settings):
        settings.CONNECT_BRAND = {**settings.CONNECT_BRAND, "name": "Maker & Co", "colour": "#ffd400"}
        becomes(instagram, health="reauth_required")
        send_news()
        assert mailoutbox[0].subject.startswith("[Maker & Co] ")
        assert "Maker &amp; Co" in html(mailoutbox[0])
        assert "background:#ffd400;color:#111318" in html(mailoutbox[0])


def down(*_):
    raise SMTPServerDisconnected


def html(mail):
    return mail.alternatives[0].content


class TestADecision:
    def decided(self, alice, staff, name, **more):
        row = SocialNetwork.objects.get(pk=alice.claim())
        if name == "reinstate":
            row.suspend(by=staff, reason="spam")
        row.transition(name, by=staff, reason="Not your account", **more)
        return row

    @pytest.mark.parametrize(
        ("name", "said"),
        [("accept", "accepted"), ("reject", "not accepted"), ("suspend", "suspended"), ("reinstate", "accepted again")],
    )
    def test_is_told(self, alice, staff, mailoutbox, name, said):
        self.decided(alice, staff, name)
        send_news()
        [mail] = mailoutbox
        assert mail.subject == f"[Connect] Instagram account user123: {said}"
        assert "Not your account" not in mail.body

    def test_with_the_reason_if_that_is_shared(self, alice, staff, mailoutbox):
        self.decided(alice, staff, "reject", share=True)
        send_news()
        assert "The reason: Not your account" in mailoutbox[0].body

    @pytest.mark.parametrize("noun", ["page", "wall", "channel"])
    def test_about_a_page_as_well(self, alice, staff, mailoutbox, noun):
        from connect.moderation.kinds import kinds
        from tests.support.calls import a_submission

        count = "subscribers" if noun == "channel" else "followers"
        alice.ok(f"add/social-{noun}/", a_submission(noun, 1, count))
        kinds()[noun].objects.get().accept(by=staff)
        send_news()
        assert mailoutbox[0].subject == f"[Connect] Facebook {noun} Maya: accepted"

    def test_that_is_taken_back_at_once_is_not(self, alice, staff, mailoutbox):
        row = self.decided(alice, staff, "reject")
        row.accept(by=staff)
        send_news()
        assert subjects(mailoutbox) == ["[Connect] Instagram account user123: accepted"]

    def test_of_many_records_is_one_mail(self, alice, staff, mailoutbox):
        for number in range(5):
            alice.claim(name=f"name{number}")
        SocialNetwork.objects.all().decide("accept", by=staff, asked_at=timezone.now())
        send_news()
        assert subjects(mailoutbox) == ["[Connect] 5 of your accounts were accepted"]

    def test_that_a_proof_makes_is_the_creators_own(self, alice, sandbox, mailoutbox):
        alice.connected("facebook")
        assert Event.objects.filter(type="network.accepted").exists()
        send_news()
        assert [mail.subject for mail in mailoutbox if "accepted" in mail.subject] == []

    def test_a_suspension_that_came_with_somebody_elses(self, alice, bob, staff, mailoutbox):
        alice.claim()
        row = SocialNetwork.objects.get(pk=bob.claim())
        row.suspend(by=staff, reason="spam")
        send_news()
        assert sorted(mail.to[0] for mail in mailoutbox) == ["alice@example.org", "bob@example.org"]

    def test_what_somebody_typed_cannot_pass_for_ours(self, alice, staff, mailoutbox):
        row = self.decided(alice, staff, "reject", share=True)
        name = "A\n\nOpen the app: https://evil.example\u202e <b>"
        SocialNetwork.objects.filter(pk=row.pk).update(name=name)
        send_news()
        assert "\n\nOpen the app: https://evil.example" not in mailoutbox[0].body
        assert "\u202e" not in mailoutbox[0].body
        assert "<b>" not in html(mailoutbox[0])
        assert 'class="button" href="https://evil' not in html(mailoutbox[0])


class TestOnce:
    def test_a_planner_that_dies_loses_none_and_doubles_none(self, instagram, mailoutbox, monkeypatch):
        becomes(instagram, health="reauth_required")
        tell = news._add_to_mail

        def dies(*arguments):
            tell(*arguments)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(news, "_add_to_mail", dies)
            with pytest.raises(KeyboardInterrupt):
                news.write_mails()
        assert not Mail.objects.exists()
        assert [news.write_mails(), news.write_mails()] == [1, 0]
        send_news()
        assert len(mailoutbox) == 1

    def test_of_many_events_none_is_passed_over(self, alice, staff, mailoutbox, monkeypatch):
        monkeypatch.setattr(news, "AT_ONCE", 2)
        for number in range(5):
            SocialNetwork.objects.get(pk=alice.claim(name=f"name{number}")).accept(by=staff)
        assert [news.write_mails() for _ in range(4)] == [2, 2, 1, 0]
        send_news()
        assert subjects(mailoutbox) == ["[Connect] 5 of your accounts were accepted"]

    def test_what_happened_days_ago_is_no_news(self, instagram, mailoutbox):
        becomes(instagram, health="reauth_required")
        Event.objects.update(created_at=timezone.now() - timedelta(days=4))
        send_news()
        assert mailoutbox == []
        assert MailFeed.objects.get().position == Event.objects.get().position

    def test_what_joins_a_mail_that_is_being_sent_is_another(self, alice, instagram):
        becomes(instagram, health="reauth_required")
        news.write_mails()
        Mail.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
        row = SocialNetwork.objects.get(pk=alice.connected("tiktok", "maya"))
        becomes(row, health="reauth_required")
        news.write_mails()
        assert Mail.objects.filter(subject="broken").count() == MailedEvent.objects.count() == 2

    def test_the_same_mail_twice_has_the_same_id(self, instagram, mailoutbox, monkeypatch):
        """A worker that dies between the mail server's word and its own write sends it once more."""
        becomes(instagram, health="reauth_required")
        monkeypatch.setattr("social_auth.notices.outbox.MailQuerySet.delete", lambda self: None)
        send_news()
        with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
            send_mails()
        first, second = (mail.extra_headers["Message-ID"] for mail in mailoutbox)
        assert first == second

    def test_events_that_are_pruned_take_their_mails_along(self, instagram):
        becomes(instagram, health="reauth_required")
        news.write_mails()
        Event.objects.update(created_at=timezone.now() - timedelta(days=40))
        call_command("prune_events")
        assert not MailedEvent.objects.exists()


class TestPreferences:
    def test_all_is_on_and_can_be_read(self, alice):
        assert alice.ok("account/notices/") == {"ends": True, "broken": True, "decisions": True}

    @pytest.mark.parametrize("content", ["json", "form", "multipart"])
    def test_what_is_not_named_stays(self, alice, bob, content):
        off = False if content == "json" else "false"
        assert alice.ok("account/notices/", {"ends": off}, content)["ends"] is False
        told = {"ends": False, "broken": True, "decisions": False}
        assert alice.ok("account/notices/", {"decisions": off}, content) == told
        assert alice.ok("account/notices/") == told
        assert bob.ok("account/notices/")["ends"] is True

    @pytest.mark.parametrize("value", [None, "", "no", 1, [], {"a": 1}])
    def test_yes_or_no(self, alice, value):
        status, told = alice.refused("account/notices/", {"ends": value})
        assert (status, told["error"], told["field"]) == (400, "validation_error", "ends")

    def test_what_is_off_is_not_sent(self, alice, instagram, mailoutbox):
        alice.ok("account/notices/", {"broken": False})
        becomes(instagram, health="reauth_required")
        send_news()
        assert mailoutbox == []
        assert not Mail.objects.exists()

    def test_also_if_it_waits_already(self, alice, instagram, mailoutbox):
        becomes(instagram, health="reauth_required")
        news.write_mails()
        alice.ok("account/notices/", {"broken": False})
        send_news()
        assert mailoutbox == []

    def test_what_happens_to_a_sign_in_cannot_be_switched_off(self, alice, sandbox, mailoutbox):
        alice.ok("account/notices/", {"ends": False, "broken": False, "decisions": False})
        alice.connected("facebook")
        send_news()
        [mail] = mailoutbox
        assert "signs you in as well" in mail.subject
        assert "List-Unsubscribe" not in mail.extra_headers

    def test_they_are_told_and_erased(self, alice):
        alice.ok("account/notices/", {"ends": False})
        [told] = alice.ok("account/export/")["tables"]["notices.NoticePreference"]
        assert told["ends"] is False
        alice.close_account()
        from social_auth.notices.models import NoticePreference

        assert not NoticePreference.objects.exists()

    def test_without_a_verified_address_production_mails_no_link(self, alice, instagram, mailoutbox, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        becomes(instagram, health="reauth_required")
        send_news()
        assert mailoutbox == []
        alice.verify_address()
        becomes(instagram, health="healthy")
        becomes(instagram, health="reauth_required")
        send_news()
        assert len(mailoutbox) == 1


class TestOneClick:
    @pytest.fixture
    def path(self, instagram, mailoutbox, settings):
        settings.CONNECT_PUBLIC_URL = "https://connect.example.org"
        becomes(instagram, health="reauth_required")
        send_news()
        headers = mailoutbox[0].extra_headers
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        url = headers["List-Unsubscribe"]
        assert url[1:-1] in mailoutbox[0].body
        return re.fullmatch(r"<https://connect\.example\.org(/\S+)>", url)[1]

    def wants(self, alice):
        return alice.ok("account/notices/")

    def test_by_a_mail_program(self, alice, path):
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, answer.cookies) == (200, {})
        assert self.wants(alice) == {"ends": True, "broken": False, "decisions": True}

    def test_looking_at_the_page_changes_nothing(self, alice, path):
        answer = Client().get(path)
        assert "connections that broke" in answer.content.decode()
        assert '<form method="post">' in answer.content.decode()
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert self.wants(alice)["broken"] is True

    @pytest.mark.parametrize("spoil", [lambda p: p[:-4] + "xxx/", lambda p: p.replace("unsubscribe/", "unsubscribe/x")])
    def test_a_link_that_is_not_ours_does_nothing(self, alice, path, spoil):
        assert Client().post(spoil(path)).status_code == 404
        assert self.wants(alice)["broken"] is True

    def test_of_an_account_that_is_gone(self, alice, path):
        alice.close_account()
        assert Client().post(path).status_code == 200
        from social_auth.notices.models import NoticePreference

        assert not NoticePreference.objects.exists()
