"""What we hold of a person: every column classified, all of it told, and gone when they want it gone."""

import json

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from connect.audit_trail import entries
from connect.events.models import Event
from connect.models import FollowerReading, User
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth import callbacks
from social_auth.models import Credential, Revocation
from social_auth.personal_data import erasing
from social_auth.personal_data.registry import NAMELESS, NOBODYS, PERSONAL, classified, columns
from social_auth.revocation import attempt
from tests.api import PASSWORD

pytestmark = pytest.mark.django_db
TABLES = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


class TestRegistry:
    def test_every_table_is_in_it(self):
        assert set(TABLES) == set(PERSONAL) | NOBODYS | NAMELESS

    @pytest.mark.parametrize("label", PERSONAL)
    def test_every_column_is_in_it_once(self, label):
        assert classified(label) == {field.attname for field in TABLES[label]._meta.concrete_fields}
        assert sum(len(columns(label, use)) for use in ("told", "secret", "inner")) == len(classified(label))


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


class TestErase:
    def test_nothing_is_left_that_names_her(self, creator, sandbox):
        before = "".join(text for _, text in everything_stored())
        names = [name for name in ("alice@example.org", "maya", "Maya") if name in before]
        assert len(names) == 3
        answer = creator.ok("account/erase/")
        for row in Revocation.objects.filter(finished_at=None):
            attempt(row, timezone.now())
        left = [(label, name) for label, text in everything_stored() for name in names if name in text]
        assert left == []
        told = Client().post("/api/account/erase/status/", {"receipt": answer["receipt"]})
        assert (told.status_code, told.json()["state"], told.json()["tokens_left"]) == (200, "done", 0)

    def test_tokens_are_revoked_upstream(self, creator, sandbox):
        receipt = creator.ok("account/erase/")["receipt"]
        assert not Credential.objects.exists()
        waiting = Revocation.objects.filter(finished_at=None)
        state = Client().post("/api/account/erase/status/", {"receipt": receipt}).json()
        assert (state["state"], state["tokens_left"]) == ("running", waiting.count())
        for row in list(waiting):
            attempt(row, timezone.now())
        assert {row.answer for row in Revocation.objects.all()} == {"revoked", "permissions removed"}
        assert not Revocation.objects.exclude(access_cipher="").exists()

    def test_nobody_signs_in_any_more(self, creator):
        creator.ok("account/erase/")
        assert creator.post("get/networks/").status_code == 401
        body = {"email": creator.email, "password": PASSWORD}
        answer = Client().post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        assert answer.status_code == 400
        again = Client().post("/_allauth/app/v1/auth/signup", body, content_type="application/json")
        assert again.status_code == 200
        assert json.loads(again.content)["data"]["user"]["id"] != creator.user.pk

    def test_others_keep_theirs(self, creator, bob):
        bob.claim()
        creator.ok("account/erase/")
        assert bob.ok("get/networks/")["networks"]
        assert not SocialPage.objects.exists()
        assert not FollowerReading.objects.exists()

    def test_a_suspension_outlives_it(self, alice, bob, staff, sandbox):
        alice.connected("tiktok", "maya")
        SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
        alice.ok("account/erase/")
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
        callbacks.erase(row)
        alice.ok("account/erase/")
        bob.connected("tiktok", "maya")
        assert SocialNetwork.objects.get(user=bob.user).status == "suspended"

    def test_what_was_under_way_meanwhile_comes_too_late(self, alice, sandbox, monkeypatch):
        from social_auth import connecting

        real = connecting.obtain

        def slow(adapter, posted):
            tokens = real(adapter, posted)
            erasing.erase(User.objects.get(pk=alice.user.pk))
            return tokens

        monkeypatch.setattr(connecting, "obtain", slow)
        assert alice.connect("tiktok").status_code == 401
        assert not Credential.objects.exists()
        assert not SocialNetwork.objects.exists()

    def test_a_name_that_looks_like_an_erased_one_blocks_nobody(self, alice, sign_up):
        other = sign_up(f"erased-{alice.user.pk}@example.org")
        alice.ok("account/erase/")
        erased = User.objects.get(pk=alice.user.pk)
        assert (erased.is_active, erased.email) == (False, "")
        assert other.ok("get/networks/") == {"networks": []}

    def test_the_platform_hears_of_it_without_a_name(self, creator):
        creator.ok("account/erase/")
        told = list(Event.objects.all())
        assert {event.type for event in told} == {"network.disconnected", "page.disconnected"}
        assert {event.data["external_id"] for event in told} == {"erased"}

    def test_the_audit_keeps_what_staff_did(self, alice, staff):
        row = SocialNetwork.objects.get(pk=alice.claim())
        row.suspend(by=staff, reason="fraud")
        alice.ok("action/network/appeal/", {"network_id": row.pk, "text": "My name is Alice"})
        alice.ok("account/erase/")
        told = entries(SocialNetwork.objects.get())
        assert ("suspend", str(staff), "fraud") in [(one["what"], one["who"], one["why"]) for one in told]
        assert all("alice" not in str(one).lower() for one in told)
        assert f"erased #{alice.user.pk}" in {one["who"] for one in told}

    def test_staff_are_closed_by_staff(self, alice):
        User.objects.filter(pk=alice.user.pk).update(is_staff=True)
        assert alice.refused("account/erase/")[1]["error"] == "permission_denied"
        assert User.objects.get(pk=alice.user.pk).email == alice.email

    @pytest.mark.parametrize("receipt", ["x", "", None, 5, "é" * 5])
    def test_a_receipt_that_is_none(self, db, receipt):
        answer = Client().post("/api/account/erase/status/", {"receipt": receipt}, content_type="application/json")
        assert answer.status_code in (400, 404)
