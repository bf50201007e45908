"""The accounts that sign somebody in, listed and taken away: by allauth's call, with our rules (docs/sign-in.md)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from connect.models import User
from networks.models import SocialNetwork
from social_auth.notices.models import Mail
from tests.connections.test_sign_ins import BASE, code, events, moved, sign_in, who_signs_in
from tests.support.api import alone
from tests.support.mails import send_mails

pytestmark = pytest.mark.django_db
URL = f"{BASE}/account/providers"


class App:
    """One session of an app, which shows its person by what they sign in."""

    def __init__(self, meta):
        self.client = Client(headers={"Authorization": f"Bearer {meta['access_token']}"})

    @classmethod
    def by(cls, network, account="maya"):
        return cls(sign_in(network, account)["meta"])

    def listed(self):
        answer = self.client.get(URL)
        assert answer.status_code == 200, answer.content
        return [(one["provider"]["id"], one["uid"], one["display"]) for one in answer.json()["data"]]

    def remove(self, provider, uid=None):
        uid = uid or SocialAccount.objects.get(provider=provider).uid
        return self.client.delete(URL, {"provider": provider, "account": uid}, content_type="application/json")


def codes(answer):
    return answer.status_code, [error["code"] for error in answer.json()["errors"]]


def joined(days, **which):
    SocialAccount.objects.filter(**which).update(date_joined=timezone.now() - timedelta(days=days))


@pytest.fixture
def app(alice, sandbox):
    """Of somebody with a password who connected an account, by which an agency signs in as well."""
    alice.connected("facebook")
    return App({"access_token": alice.bearer})


@pytest.fixture
def by_two(sandbox):
    """Whoever signed up by Facebook a month ago, has no password or address, and connected LinkedIn soon after."""
    holder = User.objects.get(pk=who_signs_in("facebook", "leo"))
    User.objects.filter(pk=holder.pk).update(date_joined=timezone.now() - timedelta(days=30), email="")
    EmailAddress.objects.filter(user=holder).delete()
    SocialAccount.objects.create(user=holder, provider="linkedin", uid="5", extra_data={"name": "Leo L."})
    joined(30, user=holder, provider="facebook")
    joined(20, provider="linkedin")
    return holder


class TestListing:
    def test_what_there_is(self, alice, app, by_two):
        [(provider, uid, name)] = app.listed()
        assert (provider, uid) == ("facebook", SocialAccount.objects.get(user=alice.user).uid)
        assert name.startswith("Maya")
        assert {(one[0], one[2]) for one in App.by("facebook", "leo").listed()} >= {("linkedin", "Leo L.")}

    @pytest.mark.parametrize("apps", [[], ["web", "ios"]])
    def test_of_a_provider_with_several_apps_or_none_any_more(self, app, settings, apps):
        told = {"APPS": [{"client_id": client_id, "secret": ""} for client_id in apps]}
        settings.SOCIALACCOUNT_PROVIDERS = settings.SOCIALACCOUNT_PROVIDERS | {"facebook": told}
        assert len(app.listed()) == 1
        assert app.remove("facebook").status_code == 200

    def test_nobody_in_particular(self, db):
        assert Client().get(URL).status_code == 401
        assert Client().delete(URL).status_code == 401


class TestRemoving:
    def test_it_signs_nobody_in_any_more_and_stays_connected(self, alice, app):
        Mail.objects.all().delete()
        answer = app.remove("facebook")
        assert (answer.status_code, answer.json()["data"]) == (200, [])
        assert who_signs_in("facebook") != alice.user.pk
        network = SocialNetwork.objects.get()
        assert (network.user_id, network.status, network.health) == (alice.user.pk, "accepted", "healthy")

    def test_its_person_is_told(self, alice, app, mailoutbox):
        pk = SocialAccount.objects.get().pk
        Mail.objects.all().delete()
        app.remove("facebook")
        assert events(alice.user.pk) == ["sign_in.added", "sign_in.removed"]
        told = alice.user.events.get(type="sign_in.removed")
        assert (told.object_id, told.data) == (pk, {"user_id": alice.user.pk, "network": "facebook"})
        send_mails()
        [mail] = mailoutbox
        assert (mail.to, mail.subject) == (
            ["alice@example.org"],
            "[Connect] Facebook: this account does not sign you in any more",
        )
        assert "what you have connected stays connected" in mail.body

    def test_the_new_one_of_two(self, by_two):
        SocialAccount.objects.create(user=by_two, provider="twitter", uid="6")
        app = App.by("facebook", "leo")
        assert app.remove("twitter").status_code == 200
        assert {provider for provider, *_ in app.listed()} == {"facebook", "linkedin"}

    def test_connecting_again_makes_it_a_way_in_again_and_tells_so(self, alice, app):
        app.remove("facebook")
        SocialNetwork.objects.update(health="reauth_required")
        alice.connected("facebook")
        assert events(alice.user.pk) == ["sign_in.added", "sign_in.removed", "sign_in.added"]

    def test_it_ends_the_sessions_that_were_begun_by_it(self, alice, app):
        uid, agencys, others = SocialAccount.objects.get().uid, App.by("facebook"), App.by("facebook", "leo")
        assert app.remove("facebook", uid).status_code == 200
        assert agencys.client.get(URL).status_code == 401
        assert len(app.listed()) == 0
        assert len(others.listed()) == 1

    def test_but_not_the_one_in_which_it_is_removed(self, by_two):
        app, another = App.by("facebook", "leo"), App.by("facebook", "leo")
        assert app.remove("facebook").status_code == 200
        assert [one[0] for one in app.listed()] == ["linkedin"]
        assert another.client.get(URL).status_code == 401


class TestRemovingIsRefused:
    def test_without_a_fresh_sign_in(self, alice, app):
        with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
            answers = [app.remove("facebook"), app.remove("facebook", "nobody")]
        assert [(one.status_code, one.json()["error"]) for one in answers] == [(403, "fresh_sign_in_required")] * 2
        assert SocialAccount.objects.filter(user=alice.user).exists()

    def test_by_a_sign_in_with_what_was_connected_this_week(self, alice, app):
        User.objects.filter(pk=alice.user.pk).update(date_joined=timezone.now() - timedelta(days=30))
        with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
            thief = App.by("facebook")
            assert thief.remove("facebook").json()["error"] == "fresh_sign_in_required"
            alice.sign_in_again()
            assert App({"access_token": alice.bearer}).remove("facebook").status_code == 200

    def test_the_only_one_of_somebody_without_a_password(self, sandbox):
        holder = who_signs_in("facebook")
        assert codes(App.by("facebook").remove("facebook")) == (400, ["no_password"])
        assert who_signs_in("facebook") == holder
        assert events(holder) == []

    def test_with_a_password_and_no_verified_address(self, alice, app, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        assert codes(app.remove("facebook")) == (400, ["no_verified_email"])
        alice.verify_address()
        assert app.remove("facebook").status_code == 200

    def test_where_the_other_one_is_of_this_week(self, by_two):
        joined(3, provider="linkedin")
        app = App.by("facebook", "leo")
        assert codes(app.remove("facebook")) == (400, ["only_way_in"])
        assert len(app.listed()) == 2
        joined(8, provider="linkedin")
        assert app.remove("facebook").status_code == 200

    def test_as_the_document_says(self, by_two):
        joined(3, provider="linkedin")
        call = SchemaGenerator().get_schema(public=True)["paths"][URL]["delete"]["responses"]
        told = call["400"]["content"]["application/json"]["examples"]["only_way_in"]["value"]
        assert App.by("facebook", "leo").remove("facebook").json() == told
        assert "fresh_sign_in_required" in call["403"]["content"]["application/json"]["examples"]

    def test_somebody_elses(self, app, by_two):
        assert codes(app.remove("linkedin")) == (400, ["account_not_found"])
        assert SocialAccount.objects.filter(user=by_two).count() == 2

    def test_one_that_is_not_there(self, app):
        assert codes(app.remove("facebook", "nobody")) == (400, ["account_not_found"])
        assert codes(app.client.delete(URL, {}, content_type="application/json"))[0] == 400


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_two_that_are_removed_at_once_one_stays(self, by_two):
        meta = sign_in("facebook", "leo")["meta"]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(alone(lambda one: App(meta).remove(one).status_code), ["facebook", "linkedin"]))
        assert sorted(answers) in ([200, 400], [200, 403])  # or the session was fresh by the one that is gone
        assert SocialAccount.objects.filter(user=by_two).count() == 1

    def test_of_one_that_is_moved_and_one_that_is_removed_one_stays(self, by_two, bob):
        app, body = App.by("facebook", "leo"), code("facebook", "leo")
        calls = [lambda: moved(bob, body), lambda: app.remove("linkedin").status_code]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(alone(lambda call: call()), calls))
        assert sorted(answers) in ([200, 400], [200, 403], [200, 409])
        assert SocialAccount.objects.filter(user=by_two).count() == 1

    def test_removed_while_it_signs_in(self, by_two):
        app = App.by("facebook", "leo")
        calls = [
            *(lambda: sign_in("facebook", "leo") and 200 for _ in range(3)),
            lambda: app.remove("facebook").status_code,
        ]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(alone(lambda call: call()), calls))
        assert answers == [200] * 4
        assert [one.provider for one in SocialAccount.objects.filter(user=by_two)] == ["linkedin"]
