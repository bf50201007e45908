"""Encryption at rest: bound to its place, rotated without downtime, and a wrong key is noticed before any write."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from social_auth import vault
from social_auth.models import Credential, TokenKey

OLD, NEW, OTHER = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new", "old"))


@pytest.fixture
def old_key(settings):
    settings.CONNECT_TOKEN_KEYS = OLD


def test_it_opens_only_in_its_place(old_key):
    sealed = vault.encrypt("secret", bound_to="credential:1:access")
    assert "secret" not in sealed
    assert vault.decrypt(sealed, bound_to="credential:1:access") == "secret"
    for place in ("credential:2:access", "credential:1:refresh", ""):
        with pytest.raises(vault.Undecipherable):
            vault.decrypt(sealed, bound_to=place)


def test_it_never_seals_twice_alike(old_key):
    assert len({vault.encrypt("secret", bound_to="x") for _ in range(100)}) == 100


@pytest.mark.parametrize("damaged", ["old:", "old:AAAA", "gone:AAAA", "nonsense", "old:!!!!"])
def test_damage(old_key, damaged):
    with pytest.raises(vault.Undecipherable):
        vault.decrypt(damaged, bound_to="x")


@pytest.mark.parametrize("keys", ["", "a", "a:short", "a:!!!!", ":ZGV2ZWxvcG1lbnQtb25seS1rZXktb2YtMzItYnl0ZXM="])
def test_keys_that_are_none(settings, keys):
    settings.CONNECT_TOKEN_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        vault.encrypt("x", bound_to="x")


@pytest.mark.django_db
class TestKeys:
    def test_rotation(self, alice, sandbox, settings, old_key, capsys):
        vault.check_keys()
        for network in ("twitter", "instagram"):
            alice.connected(network)
        before = [credential.open() for credential in Credential.objects.order_by("pk")]
        settings.CONNECT_TOKEN_KEYS = f"{NEW},{OLD}"

        call_command("rotate_token_keys", "--dry-run")
        call_command("rotate_token_keys")
        call_command("rotate_token_keys")

        lines = capsys.readouterr().out.splitlines()
        assert lines == [
            "2 to re-encrypt under 'new'.",
            "2 re-encrypted under 'new', 0 left under older keys.",
            "0 re-encrypted under 'new', 0 left under older keys.",
        ]
        settings.CONNECT_TOKEN_KEYS = NEW
        vault.check_keys()
        assert [credential.open() for credential in Credential.objects.order_by("pk")] == before

    def test_a_key_that_is_still_needed(self, alice, sandbox, settings, old_key):
        vault.check_keys()
        alice.connected("twitter")
        settings.CONNECT_TOKEN_KEYS = NEW
        with pytest.raises(vault.WrongKey):
            vault.check_keys()
        assert not TokenKey.objects.filter(key_id="new").exists()

    def test_a_wrong_key_refuses_to_boot_and_to_be_ready(self, settings, old_key, client):
        vault.check_keys()
        settings.CONNECT_TOKEN_KEYS = OTHER
        with pytest.raises(SystemExit):
            vault.refuse_wrong_keys()
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
