"""Encryption at rest: bound to its place, rotated without downtime, and a wrong key is noticed before any write."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from connect.redis_client import our_redis
from connect.secret_keys.keyring import WrongKey
from social_auth.credentials import key_checks, key_holders, vault
from social_auth.credentials.models import Credential, TokenKey

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
        key_checks.check_keys()
        for network in ("twitter", "instagram"):
            alice.connected(network)
        before = [credential.open() for credential in Credential.objects.order_by("pk")]
        settings.CONNECT_TOKEN_KEYS = f"{OLD},{NEW}"
        key_checks.check_keys()
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
        key_checks.check_keys()
        assert [credential.open() for credential in Credential.objects.order_by("pk")] == before

    def test_a_key_that_is_still_needed(self, alice, sandbox, settings, old_key):
        key_checks.check_keys()
        alice.connected("twitter")
        settings.CONNECT_TOKEN_KEYS = NEW
        with pytest.raises(WrongKey):
            key_checks.check_keys()
        assert not TokenKey.objects.filter(key_id="new").exists()

    def test_a_wrong_key_refuses_to_boot_and_to_be_ready(self, settings, old_key, client):
        key_checks.check_keys()
        settings.CONNECT_TOKEN_KEYS = OTHER
        with pytest.raises(SystemExit):
            key_checks.refuse_wrong_keys()
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
class TestTurns:
    """A new key is first known everywhere, and then used."""

    @pytest.fixture(autouse=True)
    def _one_key(self, settings):
        our_redis().flushdb()
        settings.CONNECT_TOKEN_KEYS = OLD
        key_checks.check_keys()
        key_holders._announce_once("web@a:1")
        key_holders._announce_once("worker@b:2")
        yield
        our_redis().flushdb()

    def test_one_that_nobody_knows_is_refused_and_not_remembered(self, settings):
        settings.CONNECT_TOKEN_KEYS = f"{NEW},{OLD}"
        for _ in range(2):
            with pytest.raises(SystemExit, match="no process has known it yet"):
                key_checks.refuse_wrong_keys()
        with pytest.raises(CommandError, match="Put it last"):
            call_command("rotate_token_keys")

    def test_one_that_some_do_not_know_yet(self, settings, capsys):
        settings.CONNECT_TOKEN_KEYS = f"{OLD},{NEW}"
        key_checks.refuse_wrong_keys()
        key_holders._announce_once("web@a:1")
        with pytest.raises(CommandError, match="restart these"):
            call_command("rotate_token_keys", "--check")
        assert capsys.readouterr().out == "old: known to all 2 processes\nnew: not known to worker@b:2\n"
        settings.CONNECT_TOKEN_KEYS = f"{NEW},{OLD}"
        with pytest.raises(SystemExit, match="do not know it yet: worker@b:2"):
            key_checks.refuse_wrong_keys()
        with pytest.raises(CommandError, match="worker@b:2"):
            call_command("rotate_token_keys")

    def test_one_that_all_know(self, settings, capsys):
        settings.CONNECT_TOKEN_KEYS = f"{OLD},{NEW}"
        key_checks.refuse_wrong_keys()
        key_holders._announce_once("web@a:1")
        key_holders._withdraw("worker@b:2", os.getpid())
        call_command("rotate_token_keys", "--check")
        settings.CONNECT_TOKEN_KEYS = f"{NEW},{OLD}"
        key_checks.refuse_wrong_keys()
        call_command("rotate_token_keys")

    def test_a_process_that_is_not_heard_of_any_more_is_gone(self):
        our_redis().delete("token-keys:web@a:1")
        assert list(key_holders.holders()) == ["worker@b:2"]
        assert our_redis().smembers("token-keys") == {"worker@b:2"}

    def test_a_child_says_no_goodbye_for_its_parent(self):
        key_holders._withdraw("web@a:1", os.getpid() + 1)
        assert len(key_holders.holders()) == 2

    def test_without_redis_it_is_checked_by_nobody_but_refused_to_nobody(self, settings):
        settings.CONNECT_TOKEN_KEYS = f"{OLD},{NEW}"
        key_checks.check_keys()
        settings.CONNECT_TOKEN_KEYS = f"{NEW},{OLD}"
        with override_settings(REDIS_URL="redis://127.0.0.1:9/0"):
            key_checks.refuse_wrong_keys()
            with pytest.raises(CommandError, match="Redis is away"):
                call_command("rotate_token_keys", "--check")

    def test_a_process_tells_when_it_starts(self, monkeypatch):
        monkeypatch.setattr("threading.Thread.start", lambda thread: None)
        monkeypatch.setattr("atexit.register", lambda *_: None)
        key_holders.announce("web")
        [name] = [name for name in key_holders.holders() if name.endswith(f":{os.getpid()}")]
        assert name.startswith("web@")
