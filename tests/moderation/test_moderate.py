"""`manage.py moderate`: ops see the queue and decide from a shell, with a reason, in the same audit trail."""

import getpass

import pytest
from django.core.management import CommandError, call_command

from connect.audit.trail import entries
from networks.models import SocialNetwork
from pages.models import SocialPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(alice):
    """A network and a page of one creator, the network first."""
    pk = alice.claim()
    page = {"network": "facebook", "page_id": "p1", "page_name": "P", "page_url": "https://facebook.com/p1"}
    return pk, alice.ok("add/social-page/", page)["page_id"]


def moderate(capsys, *words):
    call_command("moderate", *map(str, words))
    return capsys.readouterr().out


class TestList:
    def test_all_kinds_longest_waiting_first(self, waiting, capsys):
        network, page = waiting
        told = moderate(capsys, "list")
        assert told.index(f"network:{network}") < told.index(f"page:{page}")
        assert "alice@example.org" in told

    @pytest.mark.parametrize(
        "words", [["--kind", "page"], ["--network", "facebook"], ["--status", "accepted"], ["--limit", "1"]]
    )
    def test_filters(self, waiting, capsys, words):
        network, page = waiting
        told = moderate(capsys, "list", *words)
        shown = {name for name in (f"network:{network}", f"page:{page}") if name in told}
        expected = {"--kind": {f"page:{page}"}, "--network": {f"page:{page}"}, "--status": set()}
        assert shown == expected.get(words[0], {f"network:{network}"})

    def test_a_limit_of_nothing(self, capsys):
        with pytest.raises(CommandError, match="starts at 1"):
            moderate(capsys, "list", "--limit", 0)


class TestDeciding:
    def test_a_life_under_moderation(self, waiting, staff, capsys):
        network, page = waiting
        name = f"network:{network}"
        assert moderate(capsys, "accept", name, f"page:{page}") == f"{name}: accepted\npage:{page}: accepted\n"
        assert (
            moderate(capsys, "suspend", name, "--reason", "fraud", "--by", staff.email.upper())
            == f"{name}: suspended\n"
        )
        assert moderate(capsys, "reinstate", name) == f"{name}: accepted\n"
        assert moderate(capsys, "reject", name, "--reason", "spam") == f"{name}: rejected\n"

        row, command = SocialNetwork.objects.get(pk=network), f"{getpass.getuser()}, by command"
        decisions = [(one["what"], one["who"]) for one in entries(row)][:3]
        assert decisions == [("reject", command), ("reinstate", command), ("suspend", str(staff))]
        assert entries(row)[0]["why"] == "spam"
        assert entries(row)[2]["why"] == "fraud"
        assert SocialPage.objects.get(pk=page).status == "accepted"

    @pytest.mark.parametrize("decision", ["reject", "suspend"])
    @pytest.mark.parametrize("reason", ["", "  "])
    def test_without_a_reason_nothing_happens(self, waiting, capsys, decision, reason):
        with pytest.raises(CommandError, match="A reason is needed"):
            moderate(capsys, decision, f"network:{waiting[0]}", "--reason", reason)
        assert SocialNetwork.objects.get().status == "pending"

    @pytest.mark.parametrize("name", ["network:999999", "network:x", "network", "thing:1", "network:-1", "page:٣", ""])
    def test_one_unknown_record_and_nothing_is_changed(self, waiting, capsys, name):
        with pytest.raises(CommandError, match="No such record"):
            moderate(capsys, "accept", f"network:{waiting[0]}", name)
        assert SocialNetwork.objects.get().status == "pending"

    def test_what_cannot_be_is_skipped_and_said(self, waiting, capsys):
        with pytest.raises(CommandError, match="2 of 2 skipped"):
            moderate(capsys, "reinstate", f"network:{waiting[0]}", f"network:{waiting[0]}", f"page:{waiting[1]}")

    @pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
    def test_by_nobody_of_the_staff(self, waiting, capsys, email):
        with pytest.raises(CommandError, match="no member of the staff"):
            moderate(capsys, "accept", f"network:{waiting[0]}", "--by", email)
        assert SocialNetwork.objects.get().status == "pending"
