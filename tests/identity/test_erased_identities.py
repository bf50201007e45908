"""A suspended account that was erased is known again, whatever became of the keys since; a key that is needed stays."""

import base64
import os

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from connect.identity import erased as erased_identities
from connect.identity.erased import check_identity_keys, erased_forms, erased_uid
from connect.models import IdentityKey
from connect.secret_keys.keyring import WrongKey
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.callbacks import requests
from social_auth.credentials import key_checks
from tests.support.api import PASSWORD

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new", "old"))
ERASE = {"confirm": "erase", "password": PASSWORD}


@pytest.fixture(autouse=True)
def old_key(settings, monkeypatch):
    """A process that has one key, and has found out nothing yet."""
    settings.CONNECT_IDENTITY_KEYS = OLD
    monkeypatch.setattr(erased_identities, "_not_needed", set())


@pytest.fixture
def erased(alice, staff, sandbox):
    """Alice's suspended account, after the provider had it erased."""
    return suspended_and_erased(alice, staff)


@pytest.fixture
def erased_before(alice, staff, sandbox, monkeypatch):
    """The same, erased when there were no keys for that."""

    def by_secret_key(network, uid):
        return [erased_identities._hash_by_secret_key(network, uid, settings.SECRET_KEY)]

    with monkeypatch.context() as patched:
        patched.setattr(erased_identities, "_hashes", by_secret_key)
        row = suspended_and_erased(alice, staff)
    assert row.provider_uid.count(":") == 1
    return row


def suspended_and_erased(creator, staff):
    creator.connected("tiktok", "maya")
    row = SocialNetwork.objects.get()
    row.suspend(by=staff, reason="fraud")
    row.disconnect(by=None, health="revoked")
    row.refresh_from_db()
    requests.erase(row)
    row.refresh_from_db()
    return row


def restarted():
    """Another process: what the one before found out is not known to it."""
    erased_identities._not_needed.clear()
    check_identity_keys()


class TestHashes:
    def test_it_says_its_key_and_nothing_else(self, erased):
        for left in (erased.external_id, erased.provider_uid, *erased.identity_keys):
            begin, key_id, digest = left.split(":")
            assert (begin, key_id, len(digest)) == ("erased", "old", 48)

    def test_erasing_twice_leaves_the_same(self):
        once = erased_uid("tiktok", "maya")
        assert erased_uid("tiktok", once) == once

    def test_it_is_another_for_each_key_and_network(self, settings):
        settings.CONNECT_IDENTITY_KEYS = f"{NEW},{OLD}"
        forms = [*erased_forms("tiktok", "maya"), *erased_forms("twitter", "maya")]
        assert len(set(forms)) == len(forms) == 6
        assert erased_uid("tiktok", "maya") == forms[0]

    def test_a_long_key_id_fits_its_columns(self, settings):
        settings.CONNECT_IDENTITY_KEYS = f"{'k' * 32}:{OLD.partition(':')[2]}"
        left = erased_uid("tiktok", "maya")
        for name in ("external_id", "provider_uid"):
            assert len(left) <= SocialNetwork._meta.get_field(name).max_length

    @pytest.mark.parametrize("keys", ["", "a", "a:short", f"{'k' * 33}:{'A' * 43}="])
    def test_keys_that_are_none(self, settings, keys):
        settings.CONNECT_IDENTITY_KEYS = keys
        with pytest.raises(ImproperlyConfigured, match="CONNECT_IDENTITY_KEYS"):
            erased_uid("tiktok", "maya")


class TestComingBack:
    def suspended(self, creator):
        creator.connected("tiktok", "maya")
        return SocialNetwork.objects.get(user=creator.user).status == "suspended"

    def test_under_the_same_key(self, erased, bob):
        assert self.suspended(bob)

    def test_after_a_new_key(self, erased, bob, settings):
        settings.CONNECT_IDENTITY_KEYS = f"{NEW},{OLD}"
        assert self.suspended(bob)

    def test_after_a_new_secret_key(self, erased, bob, settings):
        settings.SECRET_KEY = "x" * 50
        bob.sign_in_again()
        assert self.suspended(bob)

    @pytest.mark.parametrize("rotated", [False, True])
    def test_of_one_that_was_erased_by_the_secret_key(self, erased_before, bob, settings, rotated):
        if rotated:
            settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [settings.SECRET_KEY]
            bob.sign_in_again()
        assert self.suspended(bob)

    def test_by_a_claim(self, alice, bob, staff, settings):
        SocialNetwork.objects.get(pk=alice.claim("instagram", "maya")).suspend(by=staff, reason="fraud")
        alice.ok("account/erase/", ERASE)
        row = SocialNetwork.objects.get()
        row.disconnect(by=None, health="revoked")
        row.refresh_from_db()
        requests.erase(row)
        settings.CONNECT_IDENTITY_KEYS = f"{NEW},{OLD}"
        bob.claim("instagram", "maya")
        assert SocialNetwork.objects.get(user=bob.user).status == "suspended"


class TestAKeyThatIsNeeded:
    def test_its_absence_is_refused_at_the_start_and_by_readiness(self, erased, settings, client):
        check_identity_keys()
        assert client.get("/health/ready").json()["identity_keys"] == "ok"
        settings.CONNECT_IDENTITY_KEYS = NEW
        with pytest.raises(WrongKey, match="'old'"):
            restarted()
        with pytest.raises(SystemExit, match="CONNECT_IDENTITY_KEYS"):
            key_checks.refuse_wrong_keys()
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["identity_keys"]) == (503, "failed: WrongKey")
        assert client.get("/health/live").status_code == 200
        assert not IdentityKey.objects.filter(key_id="new").exists()

        settings.CONNECT_IDENTITY_KEYS = f"{NEW},{OLD}"
        restarted()
        assert client.get("/health/ready").status_code == 200

    def test_so_does_the_check_of_the_database(self, erased, settings):
        call_command("check", "--database", "default")
        settings.CONNECT_IDENTITY_KEYS = NEW
        with pytest.raises(SystemCheckError, match=r"(?s)connect\.E003.*'old'"):
            call_command("check", "--database", "default")
        settings.CONNECT_IDENTITY_KEYS = "x"
        with pytest.raises(SystemCheckError, match=r"(?s)connect\.E002.*CONNECT_IDENTITY_KEYS"):
            call_command("check")

    def test_another_under_its_name_is_refused(self, settings):
        check_identity_keys()
        settings.CONNECT_IDENTITY_KEYS = OTHER
        with pytest.raises(WrongKey):
            check_identity_keys()

    def test_one_that_nobody_needs_may_go(self, alice, sandbox, settings, django_assert_max_num_queries):
        check_identity_keys()
        pk = alice.connected("tiktok", "maya")
        alice.ok("network/disconnect/", {"network_id": pk})
        requests.erase(SocialNetwork.objects.get())  # which was not suspended
        settings.CONNECT_IDENTITY_KEYS = NEW
        restarted()
        with django_assert_max_num_queries(1):  # what it found is not looked for with every probe
            check_identity_keys()

    def test_pages_are_looked_at_as_well(self, alice, staff, settings):
        check_identity_keys()
        page = {"network": "facebook", "page_id": "p", "page_name": "P", "page_url": "https://facebook.com/p"}
        row = SocialPage.objects.get(pk=alice.ok("add/social-page/", page)["page_id"])
        row.suspend(by=staff, reason="fraud")
        SocialPage.objects.filter(pk=row.pk).update(external_id=erased_uid("facebook", "p"))
        settings.CONNECT_IDENTITY_KEYS = NEW
        with pytest.raises(WrongKey):
            restarted()

    def test_the_secret_key_of_before_too(self, erased_before, settings):
        check_identity_keys()
        before, settings.SECRET_KEY = settings.SECRET_KEY, "x" * 50
        with pytest.raises(WrongKey, match="SECRET_KEY_FALLBACKS"):
            restarted()
        settings.SECRET_KEY_FALLBACKS = [before]
        restarted()

    def test_and_not_if_nothing_was_erased_by_it(self, erased, settings):
        check_identity_keys()
        settings.SECRET_KEY = "x" * 50
        restarted()
