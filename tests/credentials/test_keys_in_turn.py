"""A key that not every process has: nothing is lost over it, nobody is marked, and who has the key does the work."""

import base64
import os
from datetime import timedelta
from unittest.mock import Mock

import pytest
import redis
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from connect.moderation.workflow import Health
from connect.redis_client import our_redis
from connect.secret_keys.keyring import WrongKey
from networks.models import SocialNetwork
from social_auth.connections.tasks import give_up_exchanges
from social_auth.credentials import key_checks, renewal, renewed_tokens, rescue, tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint, read_token
from social_auth.wire.outcomes import Unavailable
from tests.refresh.test_refresh import make_due, run_due
from tests.support.api import posted

OLD, NEW = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def process(settings, monkeypatch):
    """Become a process that has the old key only (`old`), or both with the new one first (`new`)."""

    def become(which):
        settings.CONNECT_TOKEN_KEYS = {"old": OLD, "new": f"{NEW},{OLD}", "last": NEW}[which]

    monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)
    become("old")
    key_checks.check_keys()
    settings.CONNECT_TOKEN_KEYS = f"{OLD},{NEW}"
    key_checks.check_keys()
    become("new")
    return become


def connect(creator, network):
    return creator.ok(f"auth/{network}/", minted(network, "maya", kind="code"))["network_id"]


class TestOldProcess:
    """It met a row that another process sealed under the newest key."""

    def test_connecting_again_keeps_the_refresh_token(self, alice, sandbox, process):
        pk = connect(alice, "linkedin")
        before = Credential.objects.get()
        token = before.open().refresh_token
        process("old")
        SocialNetwork.objects.update(health=Health.SUSPECT)  # so that connecting again is a gain
        alice.ok("auth/linkedin/", posted(mint("linkedin", "maya")))

        row = Credential.objects.get(pk=pk)
        assert (row.key_id, row.refresh_key_id, row.refresh_digest) == ("old", "new", before.refresh_digest)
        assert row.open_access_token() != ""
        process("new")
        assert Credential.objects.get().open().refresh_token == token != ""

    def test_it_reads_by_an_access_token_that_it_can_open(self, alice, sandbox, process):
        self.test_connecting_again_keeps_the_refresh_token(alice, sandbox, process)
        process("old")
        make_due()
        assert run_due() == [{"refreshed": 1}]

    def test_rotation_finds_such_a_row(self, alice, sandbox, process, capsys):
        self.test_connecting_again_keeps_the_refresh_token(alice, sandbox, process)
        call_command("rotate_token_keys")
        row = Credential.objects.get()
        assert (row.key_id, row.refresh_key_id) == ("new", "")
        Credential.objects.update(key_id="new", refresh_key_id="old")
        assert Credential.objects.under_old_keys().count() == 1
        process("last")
        with pytest.raises(WrongKey):
            key_checks.check_keys()

    @pytest.mark.parametrize("network", ["tiktok", "linkedin"])
    def test_reading_marks_nobody_and_is_soon_tried_again(self, alice, sandbox, process, network):
        connect(alice, network)
        process("old")
        make_due()
        assert run_due() == [{"postponed": 1}]
        row = SocialNetwork.objects.get()
        assert row.health == Health.HEALTHY
        assert row.next_refresh_at < timezone.now() + timedelta(minutes=5)

    def test_so_is_renewing(self, alice, sandbox, process):
        pk = connect(alice, "tiktok")
        Credential.objects.update(due_at=timezone.now())
        sandbox.calls.clear()
        process("old")
        assert renewal.renew(pk) == "postponed"
        assert not sandbox.calls
        assert SocialNetwork.objects.get().health == Health.HEALTHY
        process("new")
        Credential.objects.update(due_at=timezone.now())
        assert renewal.renew(pk) == "renewed"

    def test_it_writes_a_renewal_that_another_process_could_not_write(self, alice, sandbox, process, monkeypatch):
        pk = connect(alice, "tiktok")
        Credential.objects.update(due_at=timezone.now())
        monkeypatch.setattr(renewal, "PATIENT", ())
        with monkeypatch.context() as patch:
            patch.setattr(renewal, "write_renewed", lambda *_: (_ for _ in ()).throw(OperationalError("down")))
            with pytest.raises(OperationalError):
                renewal.renew(pk)
        Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        process("old")
        assert renewal.renew(pk) == "renewed"
        process("new")
        assert not read_token(Credential.objects.get().open().refresh_token, "tiktok").dead

    def test_one_that_nobody_may_hold_is_revoked_by_who_has_the_key(self, alice, sandbox, process):
        pk = connect(alice, "tiktok")
        credential = Credential.objects.select_related("network").get()
        renewed = Credential(pk=pk, provider="tiktok", obtained_at=timezone.now())
        renewed.seal(credential.open())
        rescue.keep(credential, renewed)
        Credential.objects.update(version=7, refresh_cipher="another", refresh_digest="another")  # of others by now
        process("old")
        found = rescue.find(credential)
        assert renewed_tokens.write_renewed(credential, found, timezone.now()) == "overtaken"
        process("new")
        assert Revocation.objects.get().open() == credential.open()

    def test_disconnecting_gives_up_no_revocation(self, alice, sandbox, process):
        pk = connect(alice, "tiktok")
        token = read_token(Credential.objects.get().open().access_token, "tiktok")
        process("old")
        alice.ok("network/disconnect/", {"network_id": pk})
        tasks.revoke(pk=Revocation.objects.get().pk)
        waiting = Revocation.objects.get()
        assert (waiting.finished_at, waiting.failures, waiting.key_id) == (None, 0, "new")

        process("new")
        Revocation.objects.update(due_at=timezone.now())
        tasks.revoke(pk=waiting.pk)
        assert Revocation.objects.get().answer == "revoked"
        assert token.dead

    def test_a_revocation_is_sealed_anew_in_its_own_row(self, alice, sandbox, process, capsys):
        pk = connect(alice, "tiktok")
        secret = Credential.objects.get().open()
        Credential.objects.update(key_id="old")  # as if
        alice.ok("network/disconnect/", {"network_id": pk})
        assert Revocation.objects.get().sealed_in == f"credentials_credential:{pk}:"
        call_command("rotate_token_keys")
        row = Revocation.objects.get()
        assert (row.sealed_in, row.key_id, row.open()) == ("", "new", secret)

    def test_it_is_counted(self, alice, sandbox, process, client):
        connect(alice, "tiktok")
        process("old")
        assert 'connect_sealed_elsewhere{kind="credential"} 1.0' in client.get("/metrics").content.decode()
        process("new")
        assert 'connect_sealed_elsewhere{kind="credential"} 0.0' in client.get("/metrics").content.decode()

    def test_what_is_damaged_is_cured_by_connecting_again(self, alice, sandbox, process):
        connect(alice, "linkedin")
        Credential.objects.update(refresh_cipher="new:AAAA")
        SocialNetwork.objects.update(health=Health.SUSPECT)
        alice.ok("auth/linkedin/", posted(mint("linkedin", "maya")))
        assert Credential.objects.get().open().refresh_token == ""


def test_a_renewal_that_was_kept_aside_is_found_after_a_rotation(alice, sandbox, process, monkeypatch, capsys):
    process("old")
    pk = connect(alice, "tiktok")
    Credential.objects.update(due_at=timezone.now())
    monkeypatch.setattr(renewal, "PATIENT", ())
    with monkeypatch.context() as patch:
        patch.setattr(renewal, "write_renewed", lambda *_: (_ for _ in ()).throw(OperationalError("down")))
        with pytest.raises(OperationalError):
            renewal.renew(pk)
    process("new")
    call_command("rotate_token_keys")
    Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert renewal.renew(pk) == "renewed"
    assert not read_token(Credential.objects.get().open().refresh_token, "tiktok").dead


class TestKeptAside:
    """What is in Redis comes into the database as it is sealed: no key is removed before it is gone."""

    @pytest.fixture
    def renewal_of_a_killed_worker(self, alice, sandbox, process):
        process("old")
        pk = connect(alice, "tiktok")
        credential = Credential.objects.get()
        renewed = Credential(pk=pk, provider="tiktok", obtained_at=timezone.now())
        renewed.seal(credential.open().with_refresh_token("next"))
        rescue.keep(credential, renewed)
        process("new")
        return credential

    @pytest.fixture
    def exchange_of_a_call_that_was_not_repeated(self, alice, sandbox, process, monkeypatch):
        process("old")
        with monkeypatch.context() as patch:
            patch.setattr(adapter_for("tiktok"), "prove", Mock(side_effect=Unavailable("down")))
            assert alice.post("auth/tiktok/", minted("tiktok", "leo", kind="code")).status_code == 503
        process("new")

    def rotated(self, capsys):
        capsys.readouterr()
        call_command("rotate_token_keys")
        return capsys.readouterr().out

    def test_a_renewal_is_waited_for(self, renewal_of_a_killed_worker, capsys):
        assert "1 left under older keys.\n1 of these are kept aside in Redis" in self.rotated(capsys)
        rescue.forget(renewal_of_a_killed_worker)
        assert self.rotated(capsys).endswith(" 0 left under older keys.\n")

    @pytest.mark.usefixtures("exchange_of_a_call_that_was_not_repeated")
    def test_an_exchange_is_waited_for(self, capsys):
        assert "1 left under older keys.\n1 of these are kept aside in Redis" in self.rotated(capsys)
        with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
            give_up_exchanges()
        assert "1 re-encrypted under 'new', 0 left" in self.rotated(capsys)

    @pytest.mark.usefixtures("exchange_of_a_call_that_was_not_repeated")
    def test_nothing_is_written_under_a_key_that_was_removed(self, process):
        call_command("rotate_token_keys")
        process("last")
        with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
            give_up_exchanges()
        assert not Revocation.objects.exists()
        key_checks.check_keys()

    def test_without_redis_nobody_can_tell(self, process, monkeypatch):
        monkeypatch.setattr(type(our_redis()), "hvals", Mock(side_effect=redis.ConnectionError))
        with pytest.raises(CommandError, match="Redis is away"):
            call_command("rotate_token_keys")
