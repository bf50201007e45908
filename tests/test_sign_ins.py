"""Whom a provider's account signs in: made by connecting, moved by its person's own act only (docs/sign-in.md)."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from connect.events.models import Event
from connect.models import User
from networks.models import SocialNetwork
from social_auth import mailing, tasks
from social_auth.models import Mail, Revocation
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint
from tests.api import posted

pytestmark = pytest.mark.django_db
BASE = "/_allauth/app/v1"
IN_USE = {
    "error": "network_already_connected",
    "message": "This network is already connected to another account",
}


def sign_in(network, account="maya"):
    """Sign up or in by a provider's token, as the app does; returns allauth's answer."""
    provider = "google" if network == "youtube" else network
    token = {"client_id": f"{provider}-client-id", "access_token": str(mint(network, account))}
    body = {"provider": provider, "process": "login", "token": token}
    answer = Client().post(f"{BASE}/auth/provider/token", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def who_signs_in(network, account="maya"):
    return sign_in(network, account)["data"]["user"]["id"]


def send_mails():
    """What a worker does with the mails that are due."""
    for claim in mailing.MAIL.claim_due(timezone.now()):
        mailing.work_off(claim)


def events(user_id):
    return list(Event.objects.filter(user_id=user_id, kind="sign_in").order_by("pk").values_list("type", flat=True))


@pytest.fixture
def maya(sandbox):
    """Somebody whose Google account is her only way in."""
    return User.objects.get(pk=who_signs_in("youtube"))


class TestTheOnlyWayIn:
    @pytest.mark.parametrize("network", ["facebook", "instagram", "linkedin"])
    def test_connecting_it_is_refused(self, bob, sandbox, network):
        holder = who_signs_in(network)
        assert bob.refused(f"auth/{network}/", posted(mint(network, "maya"))) == (409, IN_USE)
        assert who_signs_in(network) == holder != bob.user.pk
        assert not SocialNetwork.objects.exists()
        assert events(holder) == ["sign_in.contested"]
        assert bob.connect(network, "leo").status_code == 200

    def test_also_of_a_token_that_proves_no_app(self, bob, sandbox):
        code = minted("twitter", "maya", kind="code")
        body = {"provider": "twitter", "process": "login", "token": {"client_id": "twitter-client-id", **code}}
        Client().post(f"{BASE}/auth/provider/token", body, content_type="application/json")
        assert bob.refused("auth/twitter/", posted(mint("twitter", "maya"))) == (409, IN_USE)

    def test_what_was_exchanged_is_revoked(self, maya, bob):
        assert bob.refused("auth/google/", minted("youtube", "maya", kind="code")) == (409, IN_USE)
        assert Revocation.objects.get().provider == "youtube"

    def test_she_connects_it_herself(self, maya, bob):
        session = sign_in("youtube")["meta"]["access_token"]
        answer = Client().post(
            "/api/auth/google/", posted(mint("youtube", "maya")), headers={"Authorization": f"Bearer {session}"}
        )
        assert answer.status_code == 200
        assert bob.refused("auth/google/", posted(mint("youtube", "maya")))[0] == 409

    def test_she_is_told_once_a_day(self, maya, bob, mailoutbox):
        now = timezone.now()
        for days in (0, 0, 0, 1):
            with time_machine.travel(now + timedelta(days=days), tick=False):
                bob.sign_in_again()
                bob.connect("google")
        assert events(maya.pk) == ["sign_in.contested"] * 2
        assert events(bob.user.pk) == []
        assert Event.objects.filter(kind="sign_in").first().data == {"user_id": maya.pk, "network": "youtube"}

        with time_machine.travel(now + timedelta(days=2)):
            send_mails()
        assert [mail.to for mail in mailoutbox] == [["maya@creators.test"]] * 2
        assert "somebody else tried to connect" in mailoutbox[0].subject
        assert "only way in" in mailoutbox[0].body
        assert "bob" not in mailoutbox[0].body
        assert not Mail.objects.exists()

    def test_with_a_second_account_it_is_not_the_only_one(self, maya, bob):
        SocialAccount.objects.create(user=maya, provider="twitter", uid="5")
        assert bob.connect("google").status_code == 200
        assert who_signs_in("youtube") == maya.pk

    def test_a_password_without_an_address_is_no_way_in(self, bob, sandbox):
        holder = User.objects.get(pk=who_signs_in("facebook"))
        holder.set_password("a-password-for-nothing")
        holder.save()
        assert bob.refused("auth/facebook/", posted(mint("facebook", "maya"))) == (409, IN_USE)


class TestConnectingMovesNothing:
    @pytest.fixture
    def with_password(self, maya):
        maya.set_password("correct-horse-battery")
        maya.save()
        return maya

    def test_it_connects_and_the_sign_in_stays(self, with_password, bob, mailoutbox):
        pk = bob.connected("google")
        assert SocialNetwork.objects.get(pk=pk).status == "accepted"
        assert who_signs_in("youtube") == with_password.pk
        assert events(with_password.pk) == ["sign_in.connected_elsewhere"]
        send_mails()
        assert [mail.to for mail in mailoutbox] == [["maya@creators.test"]]
        assert "was connected by somebody else" in mailoutbox[0].subject

    def test_nor_do_a_code_and_connecting_again(self, with_password, bob):
        bob.ok("auth/google/", minted("youtube", "maya", kind="code"))
        SocialNetwork.objects.update(health="reauth_required")
        bob.ok("auth/google/", minted("youtube", "maya", kind="code"))
        assert who_signs_in("youtube") == with_password.pk

    def test_what_its_holder_connected_is_still_hers(self, alice, bob, sandbox):
        alice.connected("facebook")
        assert bob.refused("auth/facebook/", posted(mint("facebook", "maya"))) == (409, IN_USE)
        assert events(alice.user.pk) == []

    def test_nor_does_a_proof_that_displaces(self, alice, bob, sandbox):
        alice.connected("instagram", "maya", kind="long")  # at level user, which makes no sign-in
        carol = who_signs_in("instagram")
        User.objects.filter(pk=carol).update(email="carol@example.org", password=alice.user.password)
        bob.connected("instagram", "maya")
        assert who_signs_in("instagram") == carol

    def test_one_that_signs_in_nobody_signs_in_who_connects_it(self, bob, sandbox):
        bob.connected("facebook")
        bob.connected("tiktok")  # which proves no app
        assert SocialAccount.objects.get().extra_data["name"]
        assert who_signs_in("facebook") == bob.user.pk


class TestMails:
    @pytest.fixture
    def waiting(self, maya):
        return Mail.objects.create(user=maya, subject="contested", network="youtube", due_at=timezone.now())

    def test_a_mail_server_that_is_down_delays_them(self, waiting, monkeypatch, mailoutbox):
        def down(_):
            raise SMTPServerDisconnected

        with monkeypatch.context() as patched:
            patched.setattr("django.core.mail.message.EmailMessage.send", down)
            send_mails()
        assert (Mail.objects.get().failures, mailoutbox) == (1, [])
        send_mails()
        assert mailoutbox == []
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            send_mails()
        assert len(mailoutbox) == 1
        assert not Mail.objects.exists()

    def test_it_is_given_up_in_the_end(self, waiting, monkeypatch):
        monkeypatch.setattr(mailing, "send", lambda _: (_ for _ in ()).throw(OSError))
        Mail.objects.update(failures=mailing.MOST_ATTEMPTS - 1)
        send_mails()
        assert not Mail.objects.exists()

    def test_who_has_no_address_gets_none(self, bob, sandbox, mailoutbox):
        who_signs_in("facebook")
        bob.connect("facebook")
        send_mails()
        assert (mailoutbox, Mail.objects.count()) == ([], 0)

    def test_the_planner_hands_them_out(self, waiting, monkeypatch, mailoutbox):
        sent = []
        monkeypatch.setattr(tasks.send_mails, "apply_async", lambda kwargs, queue, **_: sent.append((queue, kwargs)))
        tasks.plan_mails()
        [(queue, kwargs)] = sent
        assert queue == "mail"
        tasks.send_mails(**kwargs)
        tasks.send_mails(**kwargs)  # a message that comes twice
        assert len(mailoutbox) == 1
