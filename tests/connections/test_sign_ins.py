"""Whom a provider's account signs in: made by connecting, moved by its person's own act only (docs/sign-in.md)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from connect.events.models import Event
from connect.models import User
from networks.models import SocialNetwork
from social_auth.credentials.models import Revocation
from social_auth.notices import mail as mailing
from social_auth.notices import tasks
from social_auth.notices.models import Mail
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint
from social_auth.sandbox.traits import set_traits
from social_auth.sign_in import moves
from tests.support.api import PASSWORD, alone, posted
from tests.support.calls import a_code
from tests.support.mails import send_mails

pytestmark = pytest.mark.django_db
MOVE = "account/sign-in/move/"
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

    def test_one_that_was_connected_a_moment_ago_is_no_other_way_in(self, bob, sandbox):
        now = timezone.now()
        holder = who_signs_in("facebook")
        headers = {"Authorization": f"Bearer {sign_in('facebook')['meta']['access_token']}"}
        with time_machine.travel(now + timedelta(minutes=10), tick=False):  # by whoever has her session
            of_a_thief = posted(mint("linkedin", "thief"))
            assert Client().post("/api/auth/linkedin/", of_a_thief, headers=headers).status_code == 200
            assert who_signs_in("linkedin", "thief") == holder
            assert bob.refused("auth/facebook/", posted(mint("facebook", "maya"))) == (409, IN_USE)
            bob.sign_in_again()
            assert bob.refused(MOVE, code("facebook"))[1]["error"] == "sign_in_stays"
        with time_machine.travel(now + timedelta(days=8), tick=False):
            bob.sign_in_again()
            assert bob.connect("facebook").status_code == 200

    @pytest.mark.parametrize("address", ["", "typed@example.org"])
    def test_a_password_without_a_verified_address_is_no_way_in(self, bob, sandbox, settings, address):
        told = sign_in("facebook")
        session = {"X-Session-Token": told["meta"]["session_token"]}
        if address:
            assert allauths("account/email", {"email": address}, **session).status_code == 200
            User.objects.filter(pk=told["data"]["user"]["id"]).update(email=address)
        assert allauths("account/password/change", {"new_password": PASSWORD}, **session).status_code == 200
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
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
        alice.verify_address()
        alice.connected("facebook")
        assert bob.refused("auth/facebook/", posted(mint("facebook", "maya"))) == (409, IN_USE)
        assert events(alice.user.pk) == ["sign_in.added"]

    def test_nor_does_a_proof_that_displaces(self, alice, bob, sandbox):
        alice.connected("instagram", "maya", kind="long")  # at level user, which makes no sign-in
        carol = who_signs_in("instagram")
        User.objects.filter(pk=carol).update(password=alice.user.password)
        EmailAddress.objects.create(user_id=carol, email="carol@example.org", verified=True)
        bob.connected("instagram", "maya")
        assert who_signs_in("instagram") == carol

    def test_one_that_signs_in_nobody_signs_in_who_connects_it(self, bob, sandbox):
        bob.connected("facebook")
        bob.connected("tiktok")  # which proves no app
        assert SocialAccount.objects.get().extra_data["name"]
        assert who_signs_in("facebook") == bob.user.pk


class TestANewWayInIsTold:
    def test_once_to_who_connects_the_account(self, alice, sandbox, mailoutbox):
        alice.connected("facebook")
        assert alice.connect("facebook").status_code == 409  # for nothing would be gained
        SocialNetwork.objects.update(health="reauth_required")
        alice.connected("facebook")
        assert events(alice.user.pk) == ["sign_in.added"]
        told = Event.objects.get(kind="sign_in")
        assert told.object_id == SocialAccount.objects.get().pk
        assert told.data == {"user_id": alice.user.pk, "network": "facebook"}

        send_mails()
        [mail] = mailoutbox
        assert (mail.to, mail.subject) == (
            ["alice@example.org"],
            "[Connect] Facebook: the account that you connected signs you in as well from now on",
        )
        assert "Whoever has that Facebook account can sign in to yours" in mail.body

    def test_in_the_feed(self, alice, sandbox):
        alice.connected("facebook")
        [told] = [one for one in alice.ok("get/events/")["events"] if one["type"].startswith("sign_in.")]
        assert told["type"] == "sign_in.added"

    def test_not_who_signs_up_by_it(self, maya):
        session = sign_in("youtube")["meta"]["access_token"]
        body = posted(mint("youtube", "maya"))
        answer = Client().post("/api/auth/google/", body, headers={"Authorization": f"Bearer {session}"})
        assert answer.status_code == 200
        assert (events(maya.pk), Mail.objects.count()) == ([], 0)

    def test_nor_of_a_token_that_makes_none(self, alice, sandbox):
        alice.connected("tiktok")
        assert (events(alice.user.pk), Mail.objects.count()) == ([], 0)

    def test_nor_of_a_connect_that_is_refused(self, alice, sandbox, settings):
        settings.CONNECT_MAX_NETWORKS = 0
        assert alice.connect("facebook").status_code == 403
        assert (events(alice.user.pk), Mail.objects.count()) == ([], 0)


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
        monkeypatch.setattr(mailing, "send", lambda *_: (_ for _ in ()).throw(OSError))
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


def code(network="youtube", account="maya", **more):
    return {"network": network, **a_code(network, account), **more}


def move(creator, network="youtube"):
    return creator.post(MOVE, code(network))


def moved(creator, body):
    return creator.post(MOVE, body).status_code


def allauths(path, body, **headers):
    return Client().post(f"{BASE}/{path}", body, content_type="application/json", headers=headers)


class TestMoving:
    def test_it_moves_and_both_are_told(self, maya, bob, mailoutbox):
        assert move(bob).json() == {"status": "success", "message": "This account signs you in from now on"}
        assert who_signs_in("youtube") == bob.user.pk
        assert (events(maya.pk), events(bob.user.pk)) == (["sign_in.moved_away"], ["sign_in.moved_here"])
        send_mails()
        assert {mail.to[0]: mail.subject for mail in mailoutbox} == {
            "maya@creators.test": "[Connect] YouTube: this account does not sign you in any more",
            "bob@example.org": "[Connect] YouTube: this account signs you in from now on",
        }

    def test_who_has_another_way_in_and_no_address_is_told_by_the_event_alone(self, bob, sandbox, mailoutbox):
        holder = User.objects.get(pk=who_signs_in("instagram"))
        assert (holder.email, EmailAddress.objects.filter(user=holder).exists()) == ("", False)
        SocialAccount.objects.create(user=holder, provider="tiktok", uid="5")
        assert move(bob, "instagram").status_code == 200
        assert (events(holder.pk), events(bob.user.pk)) == (["sign_in.moved_away"], ["sign_in.moved_here"])
        send_mails()
        assert [mail.to for mail in mailoutbox] == [["bob@example.org"]]
        assert not Mail.objects.exists()

    def test_who_loses_the_only_way_in_gets_in_by_mail(self, maya, bob, mailoutbox):
        assert move(bob).status_code == 200
        asked = Client().post(
            f"{BASE}/auth/password/request", {"email": "maya@creators.test"}, content_type="application/json"
        )
        session = {"X-Session-Token": asked.json()["meta"]["session_token"]}
        send_mails()
        told = re.search(r"^[A-Z0-9-]{6,}$", mailoutbox[0].body, re.MULTILINE)[0]
        body = {"key": told, "password": "correct-horse-battery"}
        Client().post(f"{BASE}/auth/password/reset", body, content_type="application/json", headers=session)
        body = {"email": "maya@creators.test", "password": "correct-horse-battery"}
        answer = Client().post(f"{BASE}/auth/login", body, content_type="application/json")
        assert answer.json()["data"]["user"]["id"] == maya.pk

    @pytest.mark.parametrize("verified", [None, False])
    def test_without_a_verified_address_the_only_way_in_stays(self, bob, sandbox, verified):
        holder = User.objects.get(pk=who_signs_in("facebook"))
        if verified is not None:
            EmailAddress.objects.create(user=holder, email="m@example.org", verified=verified)
        assert bob.refused(MOVE, code("facebook"))[1]["error"] == "sign_in_stays"
        assert who_signs_in("facebook") == holder.pk
        assert events(bob.user.pk) == []

    def test_who_is_locked_does_not_lose_it(self, maya, bob):
        User.objects.filter(pk=maya.pk).update(is_active=False)
        assert bob.refused(MOVE, code()) == (
            409,
            {"error": "sign_in_stays", "message": "The account that it opens is locked"},
        )
        assert SocialAccount.objects.get().user_id == maya.pk

    def test_what_is_connected_stays_where_it_is(self, alice, bob, sandbox):
        alice.verify_address()
        pk = alice.connected("facebook")
        assert move(bob, "facebook").status_code == 200
        assert SocialNetwork.objects.get(pk=pk).user_id == alice.user.pk
        assert who_signs_in("facebook") == bob.user.pk
        assert bob.connect("facebook").status_code == 409
        assert alice.connect("facebook").status_code == 409  # for nothing would be gained
        assert who_signs_in("facebook") == bob.user.pk

    def test_one_that_signs_in_nobody_is_the_callers(self, bob, sandbox):
        assert move(bob, "pinterest").status_code == 200
        assert SocialAccount.objects.get().user_id == bob.user.pk
        assert events(bob.user.pk) == ["sign_in.moved_here"]

    def test_doing_it_again_changes_and_tells_nothing(self, maya, bob):
        assert [move(bob).status_code for _ in range(2)] == [200, 200]
        assert events(bob.user.pk) == ["sign_in.moved_here"]

    def test_a_lost_answer_is_told_again(self, maya, bob):
        body, key = code(), {"Idempotency-Key": "k"}
        first = bob.post(MOVE, body, **key)
        again = bob.post(MOVE, body, **key)
        assert (first.status_code, again.json()) == (200, first.json())
        assert again["Idempotency-Replayed"] == "true"
        assert bob.refused(MOVE, body)[1]["field"] == "code"  # which is good once

    def test_what_the_exchange_brought_is_not_kept_for_nothing(self, maya, bob):
        move(bob)
        assert Revocation.objects.count() == 1


class TestMovingIsRefused:
    @pytest.mark.parametrize("left_out", ["network", "code", "redirect_uri", "code_verifier"])
    def test_what_proves_nothing_fresh(self, maya, bob, sandbox, left_out):
        sandbox.calls.clear()
        body = {name: value for name, value in code().items() if name != left_out}
        status, answer = bob.refused(MOVE, body | posted(mint("youtube", "maya")))
        assert (status, answer["field"]) == (400, left_out)
        assert not sandbox.calls
        assert who_signs_in("youtube") == maya.pk

    def test_a_code_of_nobody(self, maya, bob):
        status, answer = bob.refused(MOVE, code() | {"code": "made-up"})
        assert (status, answer["error"], answer["field"]) == (400, "invalid_access_token", "code")

    def test_an_outage(self, maya, bob):
        body = code()
        set_traits("youtube", "*", state="5xx")
        assert bob.refused(MOVE, body)[0] == 503
        set_traits("youtube", "*", state="ok")
        assert bob.post(MOVE, body).status_code == 200

    def test_nobody_in_particular(self, maya):
        assert Client().post(f"/api/{MOVE}", code()).status_code == 401

    def test_a_sign_in_that_is_an_hour_old(self, maya, bob, sandbox):
        tokens = (
            Client()
            .post(f"{BASE}/auth/login", {"email": bob.email, "password": PASSWORD}, content_type="application/json")
            .json()["meta"]
        )
        with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
            fresh = allauths("tokens/refresh", {"refresh_token": tokens["refresh_token"]})
            bob.bearer, body = fresh.json()["data"]["access_token"], code()
            sandbox.calls.clear()
            assert bob.refused(MOVE, body)[1]["error"] == "fresh_sign_in_required"
            assert not sandbox.calls  # and the code is still good

            session = {"X-Session-Token": tokens["session_token"]}
            again = allauths("auth/reauthenticate", {"password": PASSWORD}, **session)
            assert again.status_code == 200
            assert bob.post(MOVE, body).status_code == 200

    def test_by_session_token_as_well(self, maya, bob):
        session = {"X-Session-Token": bob.session_token}
        late = timezone.now() + timedelta(hours=1)
        with time_machine.travel(late, tick=False):
            assert Client().post(f"/api/{MOVE}", code(), headers=session).status_code == 403
        assert Client().post(f"/api/{MOVE}", code(), headers=session).status_code == 200

    def test_who_was_erased_meanwhile(self, maya, bob, monkeypatch):
        real = moves.prove_person

        def slow(*arguments):
            proof = real(*arguments)
            User.objects.filter(pk=bob.user.pk).update(is_active=False)
            return proof

        monkeypatch.setattr(moves, "prove_person", slow)
        assert move(bob).status_code == 401
        assert SocialAccount.objects.get().user_id == maya.pk


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_movers_at_once(self, maya, alice, bob):
        for mover in (alice, bob):
            mover.verify_address()
        bodies = [(alice, code()), (bob, code())]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(alone(lambda one: moved(*one)), bodies))
        assert answers == [200, 200]
        told = events(maya.pk), sorted([events(alice.user.pk), events(bob.user.pk)], key=len)
        assert told == (["sign_in.moved_away"], [["sign_in.moved_here"], ["sign_in.moved_here", "sign_in.moved_away"]])
        assert SocialAccount.objects.get().user_id in (alice.user.pk, bob.user.pk)

    def test_two_ways_in_are_not_both_moved(self, alice, bob, sandbox):
        holder = who_signs_in("facebook")
        assert who_signs_in("linkedin") != holder
        EmailAddress.objects.all().delete()
        User.objects.filter(pk=holder).update(email="")
        SocialAccount.objects.filter(provider="linkedin").update(user_id=holder)
        bodies = [(alice, code("facebook")), (bob, code("linkedin"))]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(alone(lambda one: moved(*one)), bodies))
        assert sorted(answers) == [200, 409]
        assert SocialAccount.objects.filter(user_id=holder).count() == 1

    def test_moving_while_everybody_signs_in_and_connects(self, maya, alice, bob):
        calls = [
            *(partial(moved, bob, code()) for _ in range(3)),
            *(lambda: alice.connect("google").status_code for _ in range(3)),
            *(lambda: bob.connect("google").status_code for _ in range(3)),
            *(lambda: who_signs_in("youtube") and 200 for _ in range(3)),
        ]
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(alone(lambda call: call()), calls))
        assert set(answers) <= {200, 409}
        assert answers[:3] == [200] * 3
        assert answers[-3:] == [200] * 3
        assert SocialAccount.objects.get().user_id == bob.user.pk
        bob.connect("google")  # if all connects came before the first move they were refused
        assert SocialNetwork.objects.filter(verified=True).count() == 1
