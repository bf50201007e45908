"""What we hold of a person: every column classified, all of it told, and gone when they want it gone."""

import base64
import copy
import json
import pickle
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connect.audit.trail import entries
from connect.events.models import Event
from connect.models import FollowerReading, Session, User
from connect.sessions.store import SessionStore
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.callbacks import requests
from social_auth.credentials.models import Credential, Revocation
from social_auth.credentials.revocation import attempt
from social_auth.privacy import erasure
from social_auth.privacy.columns import NAMELESS, NOBODYS, PERSONAL, classified, columns
from social_auth.privacy.fresh_proof import STALE, MailedCode
from social_auth.privacy.models import Erasure, ErasureReceipt
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.tokens import mint
from tests.service.test_races import somebody_waits
from tests.support.api import PASSWORD, Creator, alone
from tests.support.calls import a_code
from tests.support.due import erase_all
from tests.support.google import an_id_token, sign_in
from tests.support.mails import send_mails

ERASE = {"confirm": "erase", "password": PASSWORD}
pytestmark = pytest.mark.django_db
TABLES = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


class TestRegistry:
    def test_every_table_is_in_it(self):
        assert set(TABLES) == set(PERSONAL) | NOBODYS | NAMELESS

    @pytest.mark.parametrize("label", PERSONAL)
    def test_every_column_is_in_it_once(self, label):
        assert classified(label) == {field.attname for field in TABLES[label]._meta.concrete_fields}
        assert sum(len(columns(label, use)) for use in ("exported", "secret", "internal")) == len(classified(label))


@pytest.fixture
def creator(alice, sandbox):
    """Alice with a bit of everything."""
    alice.connected("tiktok", "maya")
    alice.connected("facebook", "maya")
    body = {"network": "facebook", "page_id": "p", "page_name": "Maya's", "page_url": "https://facebook.com/p"}
    alice.ok("add/social-page/", body)
    return alice


class TestExport:
    def test_everything_is_told_as_a_file(self, creator, bob):
        bob.claim(name="not_hers")
        answer = creator.post("account/export/")
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="connect-export-20')
        tables = answer.json()["tables"]
        assert tables["connect.User"][0]["email"] == creator.email
        assert {row["network"] for row in tables["networks.SocialNetwork"]} == {"tiktok", "facebook"}
        assert [row["name"] for row in tables["pages.SocialPage"]] == ["Maya's"]
        assert tables["connect.FollowerReading"][0]["followers"]
        assert tables["networks.SocialNetworkEvent"]
        assert tables["connect.Event"]
        assert "not_hers" not in answer.content.decode()

    def test_no_token_and_no_password(self, creator):
        told = creator.post("account/export/").content.decode()
        for row in Credential.objects.all():
            assert row.open().access_token not in told
            assert row.access_cipher not in told
        assert creator.user.password not in told
        assert all(name not in told for name in ("access_cipher", '"password"', "refresh_digest"))


def everything_stored():
    """Each row of each table as text, but for the tables that are about nobody."""
    with connection.cursor() as cursor:
        for label, model in TABLES.items():
            if label in NOBODYS or label in ("pghistory.Events", "pghistory.MiddlewareEvents"):
                continue  # the latter are no tables
            cursor.execute(f'SELECT "{model._meta.db_table}"::text FROM "{model._meta.db_table}"')
            for (text,) in cursor.fetchall():
                yield label, text
        cursor.execute("SELECT cache_key, value FROM connect_cache")
        for key, value in cursor.fetchall():
            yield "the cache", f"{key} {pickle.loads(base64.b64decode(value))}"
    for session in Session.objects.all():
        yield "what is in a session", str(session.get_decoded())


class Killed(Exception):
    pass


class TestFreshProof:
    def erased(self, creator, **proof):
        answer = creator.post("account/erase/", {"confirm": "erase", **proof})
        closed = not User.objects.get(pk=creator.user.pk).is_active
        assert closed == (answer.status_code == 200)
        return answer.json() | {"status": answer.status_code}

    @pytest.mark.parametrize("body", [{}, {"password": PASSWORD}, {"confirm": "yes", "password": PASSWORD}])
    def test_it_must_be_meant(self, alice, body):
        status, told = alice.refused("account/erase/", body)
        assert (status, told["error"], told["field"]) == (400, "validation_error", "confirm")
        assert User.objects.get(pk=alice.user.pk).is_active

    @pytest.mark.parametrize(
        "proof", [{}, {"password": ""}, {"password": "wrong"}, {"mailed_code": "x"}, {"password": f" {PASSWORD}"}]
    )
    def test_without_a_proof(self, alice, proof):
        told = self.erased(alice, **proof)
        assert (told["status"], told["error"]) == (403, "fresh_proof_required")
        assert told.get("field", "") in proof or not any(proof.values())

    def test_a_password_is_guessed_ten_times_a_minute(self, alice, settings):
        settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "10/m/user"}
        tries = [self.erased(alice, password="wrong")["status"] for _ in range(11)]
        assert tries == [403] * 10 + [429]

    def test_the_account_that_signs_in(self, sandbox):
        anna = signed_in_by_google("anna")
        assert self.erased(anna, network="youtube", id_token=an_id_token("leo"))["error"] == "fresh_proof_required"
        assert self.erased(anna, network="youtube", id_token="x")["error"] == "invalid_access_token"
        assert self.erased(anna, network="youtube")["error"] == "validation_error"
        assert self.erased(anna, password="")["error"] == "fresh_proof_required"
        assert self.erased(anna, network="youtube", id_token=an_id_token("anna"))["status"] == 200

    def test_a_token_that_may_have_been_lying_about_is_no_proof(self, sandbox):
        anna = signed_in_by_google("anna")
        sandbox.calls.clear()
        bare = {"network": "youtube", "access_token": str(mint("youtube", "anna"))}
        assert self.erased(anna, **bare)["message"] == STALE
        assert not sandbox.calls
        old = an_id_token("anna", iat=int(time.time()) - 301)
        refused = self.erased(anna, network="youtube", id_token=old)
        assert (refused["error"], refused["field"], refused["message"]) == ("fresh_proof_required", "network", STALE)
        assert self.erased(anna, network="youtube", **a_code("youtube", "anna"))["status"] == 200

    def test_a_mailed_code(self, alice, mailoutbox):
        alice.verify_address()
        for _ in range(2):
            alice.ok("account/erase/code/")
        send_mails()
        old, code = (re.search(r"\n\n(\S+)\n\n", mail.body)[1] for mail in mailoutbox)
        assert mailoutbox[0].to == [alice.email]
        assert self.erased(alice, mailed_code=old)["status"] == 403
        assert self.erased(alice, mailed_code=code.lower().replace("-", ""))["status"] == 200

    def test_a_code_is_guessed_three_times(self, alice, mailoutbox):
        alice.verify_address()
        alice.ok("account/erase/code/")
        send_mails()
        [code] = re.findall(r"\n\n(\S+)\n\n", mailoutbox[0].body)
        for _ in range(3):
            assert self.erased(alice, mailed_code="wrong")["status"] == 403
        assert self.erased(alice, mailed_code=code)["status"] == 403

    def test_a_code_is_somebodys(self, alice, bob, mailoutbox):
        alice.verify_address()
        alice.ok("account/erase/code/")
        send_mails()
        [code] = re.findall(r"\n\n(\S+)\n\n", mailoutbox[0].body)
        assert self.erased(bob, mailed_code=code)["status"] == 403

    def test_a_code_goes_to_a_verified_address_only(self, alice, mailoutbox):
        EmailAddress.objects.create(user=alice.user, email="verified@example.org", verified=True)
        alice.ok("account/erase/code/")
        send_mails()
        assert [mail.to for mail in mailoutbox] == [["verified@example.org"]]

    def test_without_one_the_error_names_the_other_ways(self, alice, mailoutbox):
        status, answer = alice.refused("account/erase/code/")
        assert (status, answer["error"], answer["field"]) == (400, "validation_error", "body")
        assert re.search("No e-mail address .* is verified.* `password`.* `network`", answer["message"])
        assert mailoutbox == []

    def test_one_proof_is_enough(self, alice):
        told = self.erased(alice, password=PASSWORD, mailed_code="x")
        assert (told["error"], told["field"]) == ("validation_error", "mailed_code")


class TestInPieces:
    def test_the_account_is_closed_at_once(self, creator, sign_up):
        sign_up("other@example.org")
        creator.sign_in_again()
        assert Session.objects.filter(user_id=creator.user.pk).count() == 2
        creator.close_account()
        assert {int(row.get_decoded()["_auth_user_id"]) for row in Session.objects.all()}.isdisjoint({creator.user.pk})
        assert Session.objects.count() == 1
        assert creator.email not in str(User.objects.filter(pk=creator.user.pk).values())
        assert SocialNetwork.objects.count() == 2
        erase_all()
        assert not SocialNetwork.objects.exists()
        assert not Erasure.objects.exists()

    def test_the_call_costs_the_same_for_one_page_and_for_many(self, sign_up):
        counts = set()
        for number in (1, 40):
            creator = sign_up(f"with{number}@example.org")
            pages(creator, number)
            with CaptureQueriesContext(connection) as queries:
                creator.close_account()
            counts.add(len(queries))
        assert len(counts) == 1

    def test_no_transaction_takes_more_than_a_few(self, alice, monkeypatch):
        monkeypatch.setattr(erasure, "PIECES", 2)
        pages(alice, 2 * 2 * erasure.RECORDS + 1)
        alice.close_account()
        left = []
        while Erasure.objects.exists():
            left.append(SocialPage.objects.count())
            erasure.erase(Erasure.objects.get().pk)
        assert left == [81, 41, 1]

    @pytest.mark.parametrize("name", ["_hand_over_revocations", "_empty_or_delete", "_pseudonymise", "_forget_events"])
    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_a_worker_that_is_killed_loses_nothing(self, creator, staff, monkeypatch, name, times, time_machine):
        real, calls = getattr(erasure, name), []

        def dies(*arguments):
            found = real(*arguments)
            calls.append(name)
            if len(calls) == times:
                raise Killed
            return found

        monkeypatch.setattr(erasure, "RECORDS", 1)
        monkeypatch.setattr(erasure, name, dies)
        SocialNetwork.objects.get(network="tiktok").suspend(by=staff, reason="fraud")
        receipt = ErasureReceipt.objects.get(code=creator.close_account()["receipt"])
        with pytest.raises(Killed):
            erasure.erase(receipt.pk)
        assert erasure.erase(receipt.pk) is None
        assert Erasure.objects.exists(), "its lease has not ended"
        time_machine.move_to(timezone.now() + erasure.LEASE)
        erase_all()
        assert not Erasure.objects.exists()
        assert [row.external_id[:7] for row in SocialNetwork.objects.all()] == ["erased:"]
        assert not SocialPage.objects.exists()
        assert erasure.tokens_left(receipt) == 2
        left = [(label, text) for label, text in everything_stored() if "maya" in text or creator.email in text]
        assert {label for label, _ in left} <= {"credentials.Revocation"}

    def test_who_took_over_is_not_disturbed(self, creator):
        creator.close_account()
        [old] = list(erasure.ERASURE.claim_due(timezone.now()))
        Erasure.objects.update(lease_until=timezone.now(), due_at=timezone.now())
        erase_all()
        erasure.work_off(old)
        assert not Erasure.objects.exists()

    def test_a_session_and_a_sign_in_that_were_made_meanwhile_go_too(self, alice):
        alice.close_account()
        SocialAccount.objects.create(user=alice.user, provider="google", uid="5")
        session = SessionStore()
        session["_auth_user_id"] = str(alice.user.pk)
        session.create()
        erase_all()
        assert not Session.objects.exists()
        assert not SocialAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_signs_in_beside_an_erasure_can_sign_up_again(sandbox, monkeypatch):
    anna = signed_in_by_google("anna")
    proof = {"network": "youtube", "id_token": an_id_token("anna")}
    write, erasures = SocialAccount.save, []

    def slow(account, *arguments, **more):
        """Erase the account between what a sign-in reads and what it writes: that has to wait."""
        erasures.append(pool.submit(alone(anna.ok), "account/erase/", {"confirm": "erase", **proof}))
        while not erasures[0].done() and not somebody_waits():
            pass
        write(account, *arguments, **more)

    with ThreadPoolExecutor(1) as pool:
        with monkeypatch.context() as patched:
            patched.setattr(SocialAccount, "save", slow)
            sign_in(an_id_token("anna", nonce="again"))
        erasures[0].result()
    assert not SocialAccount.objects.exists()
    assert sign_in(an_id_token("anna")).json()["data"]["user"]["id"] != anna.user.pk


def signed_in_by_google(name):
    """Somebody who never had a password, nor told an address."""
    answer = sign_in(an_id_token(name)).json()
    anna = copy.copy(Creator("nobody@example.org"))
    anna.user = User.objects.get(pk=answer["data"]["user"]["id"])
    anna.bearer = answer["meta"]["access_token"]
    return anna


def allauths(path, body):
    return Client().post(f"/_allauth/app/v1/{path}", body, content_type="application/json")


def pages(creator, number):
    SocialPage.objects.bulk_create(
        SocialPage(user=creator.user, network="facebook", external_id=f"{creator.email}{n}", url="https://facebook.com")
        for n in range(number)
    )


class TestErase:
    def test_nothing_is_left_that_names_her(self, creator, sandbox):
        creator.verify_address()
        creator.ok("account/erase/code/")
        allauths("auth/password/request", {"email": creator.email})
        before = "".join(text for _, text in everything_stored())
        names = [name for name in ("alice@example.org", "maya", "Maya") if name in before]
        assert len(names) == 3
        answer = creator.close_account()
        erase_all()
        for row in Revocation.objects.filter(finished_at=None):
            attempt(row, timezone.now())
        left = [(label, name) for label, text in everything_stored() for name in names if name in text]
        assert left == []
        assert not cache.get(MailedCode.place_of(creator.user))
        told = Client().post("/api/account/erase/status/", {"receipt": answer["receipt"]})
        assert (told.status_code, told.json()["state"], told.json()["tokens_left"]) == (200, "done", 0)

    @pytest.mark.parametrize(("path", "known"), [("auth/login", {"password": PASSWORD}), ("auth/password/request", {})])
    def test_a_session_in_which_somebody_begins_to_sign_in_goes_too(self, alice, settings, path, known):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
        assert allauths(path, {"email": alice.email, **known}).status_code == 401
        assert alice.email in str([session.get_decoded() for session in Session.objects.all()])
        alice.close_account()
        assert not Session.objects.exists()

    def test_tokens_are_revoked_upstream(self, creator, sandbox):
        receipt = creator.close_account()["receipt"]
        state = Client().post("/api/account/erase/status/", {"receipt": receipt}).json()
        assert (state["state"], state["tokens_left"]) == ("running", 2)
        erase_all()
        assert not Credential.objects.exists()
        waiting = Revocation.objects.filter(finished_at=None)
        state = Client().post("/api/account/erase/status/", {"receipt": receipt}).json()
        assert (state["state"], state["tokens_left"]) == ("running", waiting.count())
        for row in list(waiting):
            attempt(row, timezone.now())
        assert {row.answer for row in Revocation.objects.all()} == {"revoked", "permissions removed"}
        assert not Revocation.objects.exclude(access_cipher="").exists()

    def test_nobody_signs_in_any_more(self, creator):
        creator.close_account()
        assert creator.post("get/networks/").status_code == 401
        body = {"email": creator.email, "password": PASSWORD}
        answer = Client().post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        assert answer.status_code == 400
        again = Client().post("/_allauth/app/v1/auth/signup", body, content_type="application/json")
        assert again.status_code == 200
        assert json.loads(again.content)["data"]["user"]["id"] != creator.user.pk

    def test_others_keep_theirs(self, creator, bob):
        bob.claim()
        creator.close_account()
        erase_all()
        assert bob.ok("get/networks/")["networks"]
        assert not SocialPage.objects.exists()
        assert not FollowerReading.objects.exists()

    def test_a_suspension_outlives_it(self, alice, bob, staff, sandbox):
        alice.connected("tiktok", "maya")
        SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
        alice.close_account()
        erase_all()
        row = SocialNetwork.objects.get()
        assert row.external_id.startswith("erased:")
        bob.connected("tiktok", "maya")
        assert SocialNetwork.objects.get(user=bob.user).status == "suspended"

    def test_also_if_the_provider_had_it_erased_before(self, alice, bob, staff, sandbox):
        alice.connected("tiktok", "maya")
        row = SocialNetwork.objects.get()
        row.suspend(by=staff, reason="fraud")
        row.disconnect(by=None, health="revoked")
        row.refresh_from_db()
        requests.erase(row)
        alice.close_account()
        erase_all()
        bob.connected("tiktok", "maya")
        assert SocialNetwork.objects.get(user=bob.user).status == "suspended"

    def test_what_was_under_way_meanwhile_comes_too_late(self, alice, sandbox, monkeypatch):
        adapter = adapter_for("tiktok")
        real = adapter.obtain

        def slow(posted):
            tokens = real(posted)
            erasure.close(User.objects.get(pk=alice.user.pk))
            return tokens

        monkeypatch.setattr(adapter, "obtain", slow)
        assert alice.connect("tiktok").status_code == 401
        assert not Credential.objects.exists()
        assert not SocialNetwork.objects.exists()

    def test_a_name_that_looks_like_an_erased_one_blocks_nobody(self, alice, sign_up):
        other = sign_up(f"erased-{alice.user.pk}@example.org")
        alice.close_account()
        erase_all()
        erased = User.objects.get(pk=alice.user.pk)
        assert (erased.is_active, erased.email) == (False, "")
        assert other.ok("get/networks/") == {"networks": []}

    def test_the_platform_hears_of_it_without_a_name(self, creator):
        creator.close_account()
        erase_all()
        told = list(Event.objects.all())
        assert {event.type for event in told} == {"network.disconnected", "page.disconnected"}
        assert {event.data["external_id"] for event in told} == {"erased"}

    def test_the_audit_keeps_what_staff_did(self, alice, staff):
        row = SocialNetwork.objects.get(pk=alice.claim())
        row.suspend(by=staff, reason="fraud")
        alice.ok("action/network/appeal/", {"network_id": row.pk, "text": "My name is Alice"})
        alice.close_account()
        erase_all()
        told = entries(SocialNetwork.objects.get())
        assert ("suspend", str(staff), "fraud") in [(one["what"], one["who"], one["why"]) for one in told]
        assert all("alice" not in str(one).lower() for one in told)
        assert f"erased #{alice.user.pk}" in {one["who"] for one in told}

    def test_staff_are_closed_by_staff(self, alice):
        User.objects.filter(pk=alice.user.pk).update(is_staff=True)
        assert alice.refused("account/erase/", ERASE)[1]["error"] == "permission_denied"
        assert User.objects.get(pk=alice.user.pk).email == alice.email

    @pytest.mark.parametrize("receipt", ["x", "", None, 5, "é" * 5])
    def test_a_receipt_that_is_none(self, db, receipt):
        answer = Client().post("/api/account/erase/status/", {"receipt": receipt}, content_type="application/json")
        assert answer.status_code in (400, 404)
