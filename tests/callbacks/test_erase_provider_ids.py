"""The lists of user ids that Meta mails, worked off by a command: what its callback would do, once for each id."""

from datetime import timedelta
from io import StringIO

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.callbacks.models import DeletionRequest
from social_auth.credentials.models import Credential

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=1)


@pytest.fixture
def listed(tmp_path):
    """Write a list and have it worked off, as of the next minute; returns what the command says."""

    def work_off(*lines, network="facebook", sent=None):
        file = tmp_path / "ids.txt"
        file.write_text("\n".join(lines))
        out = StringIO()
        moment = (sent or timezone.now() + SOON).isoformat()
        call_command("erase_provider_ids", network, str(file), sent=moment, stdout=out)
        return out.getvalue().strip()

    return work_off


def uid_of(creator, network="facebook", account="maya"):
    return SocialNetwork.objects.get(pk=creator.connected(network, account)).provider_uid


def left(creator, network="facebook"):
    row = SocialNetwork.objects.get(user=creator.user, network=network)
    return row.status, row.name, (row.provider_uid or "")[:7]


def test_an_account_that_is_connected(alice, bob, sandbox, listed):
    uid, other = uid_of(alice), uid_of(bob, account="leo")
    assert listed(uid, "999", uid) == "1 done, 1 unknown."
    assert left(alice) == ("disconnected", "", "erased:")
    assert SocialNetwork.objects.get(user=bob.user).provider_uid == other
    assert Credential.objects.count() == 1
    assert SocialAccount.objects.get(uid=uid).extra_data == {}
    assert DeletionRequest.objects.get().finished_at


def test_the_same_list_again_changes_nothing(alice, sandbox, listed):
    uid = uid_of(alice)
    assert listed(uid) == "1 done, 0 unknown."
    alice.connected("facebook")
    assert listed(uid) == "1 done, 0 unknown."
    assert SocialNetwork.objects.filter(user=alice.user, provider_uid=uid, status="accepted").exists()


def test_another_list_does(alice, sandbox, listed):
    uid = uid_of(alice)
    listed(uid)
    alice.connected("facebook")
    assert listed(uid, "998") == "1 done, 1 unknown."
    assert not SocialNetwork.objects.filter(provider_uid=uid).exists()


def test_what_was_connected_after_the_list_was_made_stays(alice, sandbox, listed):
    uid = uid_of(alice)
    assert listed(uid, sent=timezone.now() - timedelta(days=2)) == "1 done, 0 unknown."
    assert left(alice)[0] == "accepted"


def test_somebody_who_only_signs_in(alice, db, listed):
    SocialAccount.objects.create(user=alice.user, provider="facebook", uid="77", extra_data={"name": "Maya"})
    assert listed("77") == "1 done, 0 unknown."
    assert SocialAccount.objects.get().extra_data == {}


def test_an_id_of_another_network_is_unknown(alice, sandbox, listed):
    uid = uid_of(alice)
    assert listed(uid, network="instagram") == "0 done, 1 unknown."
    assert left(alice)[0] == "accepted"


def test_a_file_as_spreadsheets_write_it(alice, sandbox, listed):
    assert listed("\ufeff" + uid_of(alice) + "\r", "", "  ") == "1 done, 0 unknown."


def test_lines_that_are_no_ids_are_named_and_the_others_done(alice, sandbox, listed):
    uid = uid_of(alice)
    with pytest.raises(CommandError, match=r"left out: line 1, 3\."):
        listed("user_id", uid, "1; DROP TABLE", "")
    assert left(alice)[0] == "disconnected"


@pytest.mark.parametrize(("file", "sent"), [("missing.txt", None), (".", None), ("ids.txt", "yesterday")])
def test_what_cannot_be_read(db, tmp_path, file, sent):
    (tmp_path / "ids.txt").write_text("1")
    with pytest.raises(CommandError, match=r"cannot be read|is no moment"):
        call_command("erase_provider_ids", "facebook", str(tmp_path / file), sent=sent)
