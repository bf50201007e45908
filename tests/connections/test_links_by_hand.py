"""Links that staff and ops hand out: from a shell, and from a record in the admin."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from connect.models import User
from networks.models import SocialNetwork
from social_auth.connections.models import ConnectLink
from social_auth.notices.mail import MAIL, work_off
from social_auth.notices.models import Mail
from tests.support.links import Browser, path_of
from tests.support.roles import role

pytestmark = pytest.mark.django_db
LIST = "/admin/networks/socialnetwork/"


def by_command(*arguments):
    out = StringIO()
    call_command("connect_link", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def send(client, *pks):
    return client.post(LIST, {"action": "send_reconnect_link", "_selected_action": pks}, follow=True)


def deliver():
    for claim in MAIL.claim_due(timezone.now()):
        work_off(claim)


class TestTheCommand:
    def test_it_prints_a_link_and_nothing_else(self, alice):
        url = by_command("ALICE@example.org")

        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/connect/[\w-]{43}/", url)
        assert Browser().open(url).status_code == 200
        assert ConnectLink.objects.get().expires_at <= timezone.now() + timedelta(minutes=15)

    def test_where_people_reach_us(self, settings, alice):
        settings.CONNECT_PUBLIC_URL = "https://connect.example.com"

        assert by_command(alice.email).startswith("https://connect.example.com/connect/")

    def test_for_one_network_and_days(self, alice):
        url = by_command(alice.email, "--network", "tiktok", "--days", "7")

        page = Browser().open(url).content.decode()
        assert "Connect TikTok" in page
        assert "Connect Facebook" not in page
        assert ConnectLink.objects.get().expires_at > timezone.now() + timedelta(days=6)

    def test_for_a_record(self, sandbox, alice):
        pk = alice.connected("tiktok")

        url = by_command(alice.email, "--network-id", str(pk))

        assert "Only the same account is taken" in Browser().open(url).content.decode()
        assert Browser().connect(url, "tiktok", "leo")["Location"] == path_of(url)

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["nobody@example.org"], "Nobody has the address"),
            (["alice@example.org", "--days", "8"], "--days must be 1 to 7"),
            (["alice@example.org", "--days", "0"], "--days must be 1 to 7"),
            (["alice@example.org", "--days", "-1"], "--days must be 1 to 7"),
            (["alice@example.org", "--days", "99999999999"], "--days must be 1 to 7"),
            (["alice@example.org", "--network", "myspace"], "invalid choice"),
            (["alice@example.org", "--network-id", "999999"], "has no network with the id"),
        ],
    )
    def test_what_it_refuses(self, alice, arguments, why):
        with pytest.raises(CommandError, match=why):
            by_command(*arguments)
        assert not ConnectLink.objects.exists()

    def test_somebody_elses_record(self, alice, bob):
        with pytest.raises(CommandError, match="has no network"):
            by_command(bob.email, "--network-id", str(alice.claim()))

    def test_a_closed_account(self, alice):
        User.objects.update(is_active=False)

        with pytest.raises(CommandError, match="Nobody"):
            by_command(alice.email)


class TestTheDesk:
    def test_it_is_mailed_to_the_owner_when_the_mail_goes(self, sandbox, desk, alice):
        alice.verify_address()
        pk = alice.connected("tiktok")

        page = send(desk, pk)

        assert "on their way by mail: 1" in page.content.decode()
        assert not ConnectLink.objects.exists()
        deliver()
        [sent] = mail.outbox
        assert sent.to == [alice.email]
        [url] = re.findall(r"http\S+/connect/\S+", sent.body)
        assert ConnectLink.objects.get().expires_at > timezone.now() + timedelta(days=6)
        assert Browser().connect(url, "tiktok", "leo")["Location"] == path_of(url)
        assert not Mail.objects.exists()

    def test_it_is_shown_if_no_address_is_known_to_be_the_owners(self, sandbox, desk, alice):
        page = send(desk, alice.connected("tiktok")).content.decode()

        [url] = re.findall(r"http\S+/connect/[\w-]+/", page)
        assert not Mail.objects.exists()
        assert Browser().connect(url, "tiktok")["Location"] == path_of(url)
        assert "is connected" in page or SocialNetwork.objects.get().health == "healthy"

    def test_a_record_that_is_gone_meanwhile_is_not_written_of(self, sandbox, desk, alice):
        alice.verify_address()
        send(desk, alice.connected("tiktok"))
        SocialNetwork.objects.all().delete()

        deliver()

        assert mail.outbox == []
        assert not Mail.objects.exists()

    def test_not_to_many_at_once(self, desk, alice):
        first = SocialNetwork.objects.get(pk=alice.claim())
        rows = [
            SocialNetwork(user=first.user, network="tiktok", external_id=f"a{place}", url="https://tiktok.com/@a")
            for place in range(51)
        ]
        SocialNetwork.objects.bulk_create(rows)

        page = send(desk, *SocialNetwork.objects.values_list("pk", flat=True))

        assert "choose at most 50" in page.content.decode()
        assert not ConnectLink.objects.exists()

    def test_who_may_not_decide_may_not_send(self, sandbox, alice, staff, client):
        staff.is_superuser = False
        staff.save()
        staff.groups.set([role("Auditor")])
        client.force_login(staff)

        send(client, alice.connected("tiktok"))

        assert not ConnectLink.objects.exists()

    def test_nor_who_has_not_shown_a_second_factor(self, sandbox, settings, alice, staff):
        settings.STAFF_SECOND_FACTOR = True
        browser = Client()
        browser.post("/admin/login/", {"username": staff.email, "password": "moderating-all-day"})

        answer = browser.post(LIST, {"action": "send_reconnect_link", "_selected_action": alice.connected("tiktok")})

        assert answer.status_code == 302
        assert "/admin/login/" in answer["Location"]
        assert not ConnectLink.objects.exists()
