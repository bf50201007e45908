"""What the system tells staff to look at, with the difference, and what of it goes back to their queue."""

import os
import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from connect.moderation.flags import Flag, claimed_too_much, jumped
from connect.moderation.workflow import InvalidTransition
from networks.models import SocialNetwork
from social_auth.refresh.batches import refresh_batch
from social_auth.refresh.planning import REFRESH
from tests.desk.test_desk import QUEUE, decide
from tests.support.api import alone
from tests.support.processes import until

pytestmark = pytest.mark.django_db


def read_again():
    SocialNetwork.objects.update(next_refresh_at=timezone.now())
    for batch in REFRESH.claim_due(timezone.now()):
        refresh_batch(batch.lane, batch.token, batch.ids)


def flags():
    return {row.external_id: row.flags for row in SocialNetwork.objects.all()}


class TestThresholds:
    @pytest.mark.parametrize(
        ("claimed", "told", "far"),
        [(10_000, 5_000, True), (10_000, 5_001, False), (900, 0, False), (1_000, 0, True), (0, 1_000, True),
         (None, 5_000, False), (5_000, None, False), (1_500_000, 1_000_000, False)],
    )  # fmt: skip
    def test_of_claims(self, claimed, told, far):
        assert claimed_too_much(claimed, told) is far

    @pytest.mark.parametrize(
        ("before", "after", "far"),
        [(2_000, 3_000, True), (2_001, 3_000, False), (3_000, 2_000, True), (10, 900, False), (None, 10**6, False)],
    )
    def test_of_jumps(self, before, after, far):
        assert jumped(before, after) is far


class TestRaised:
    def test_a_claim_far_from_the_providers_count(self, alice, sandbox):
        pk = alice.claim("tiktok", "maya", followers=9_000_000)
        alice.connected("tiktok", "maya")
        row = SocialNetwork.objects.get(pk=pk)
        assert row.flags == ["count_differs"]
        told = row.flag_details["count_differs"]
        assert (told["was"], told["found"]) == (9_000_000, row.followers)

    @pytest.mark.parametrize("network", ["tiktok", "twitter"])
    def test_a_jump_and_a_drop(self, alice, sandbox, network):
        pk = alice.connected(network, "maya")
        SocialNetwork.objects.update(followers=1_000_000)
        read_again()
        row = SocialNetwork.objects.get(pk=pk)
        assert row.flags == ["count_jumped"]
        assert (row.flag_details["count_jumped"]["was"], row.flag_details["count_jumped"]["found"]) == (
            1_000_000,
            row.followers,
        )
        assert row.status == ("pending")
        read_again()
        assert SocialNetwork.objects.get(pk=pk).flags == ["count_jumped"]

    def test_ordinary_growth_is_none(self, alice, sandbox):
        alice.connected("tiktok", "maya")
        SocialNetwork.objects.update(followers=F("followers") * 5 / 6)
        read_again()
        assert flags() == {"maya": []}

    def test_a_new_name(self, alice, sandbox):
        pk = alice.connected("instagram", "maya")
        was = SocialNetwork.objects.get(pk=pk).external_id
        SocialNetwork.objects.update(external_id="an_older_name")
        read_again()
        row = SocialNetwork.objects.get(pk=pk)
        assert row.external_id == was
        assert row.flags == ["renamed"]
        assert (row.flag_details["renamed"]["was"], row.flag_details["renamed"]["found"]) == ("an_older_name", was)

    def test_a_new_name_that_somebody_else_claims(self, alice, bob, sandbox):
        pk = alice.connected("instagram", "maya")
        name = SocialNetwork.objects.get(pk=pk).external_id
        older = {"external_id": "an_older_name", "url": "https://instagram.com/an_older_name"}
        SocialNetwork.objects.update(**older, identity_key="an_older_name", other_identity_key="")
        claimed = bob.claim("instagram", name)
        assert SocialNetwork.objects.get(pk=claimed).flags == []
        read_again()
        assert SocialNetwork.objects.get(pk=claimed).flags == ["proven_by_other"]

    def test_the_first_proof_renames_nothing(self, alice, sandbox):
        alice.connected("instagram", "maya")
        alice.claim("tiktok", "maya", followers=None)
        alice.connected("tiktok", "maya")
        assert not any(flags().values())

    def test_two_that_claim_the_same(self, alice, bob):
        alice.claim()
        bob.claim()
        assert [row.flags for row in SocialNetwork.objects.all()] == [["shared_identity"]] * 2

    def test_a_claim_on_a_proven_account_and_the_other_way_round(self, alice, bob, sandbox):
        alice.connected("tiktok", "maya")
        bob.claim("tiktok", "maya")
        assert [row.flags for row in SocialNetwork.objects.order_by("pk")] == [[], ["proven_by_other"]]

    def test_who_was_suspended_before(self, alice, staff, sandbox):
        first = SocialNetwork.objects.get(pk=alice.claim())
        first.suspend(by=staff, reason="fraud")
        alice.claim("tiktok", "other")
        alice.connected("twitter", "maya")
        assert [row.flags for row in SocialNetwork.objects.order_by("pk")] == [
            [],
            ["suspended_before"],
            ["suspended_before"],
        ]
        first.reinstate(by=staff)
        first.reject(by=staff, reason="spam")
        first.accept(by=staff)
        assert SocialNetwork.objects.get(pk=alice.claim("pinterest", "later")).flags == ["suspended_before"]


class TestAnswered:
    def test_accepting_answers_them(self, alice, bob, staff):
        alice.claim()
        row = SocialNetwork.objects.get(pk=bob.claim())
        row.accept(by=staff)
        assert row.flags == []

    def test_staff_see_the_difference(self, desk, alice, sandbox):
        pk = alice.connected("instagram", "maya")
        SocialNetwork.objects.update(external_id="an_older_name")
        read_again()
        page = desk.get(f"{QUEUE}network/{pk}/").content.decode()
        assert "Renamed at the provider" in page
        assert "an_older_name →" in page


class TestOnAcceptedRecords:
    """The system accepts what is proven for our app: staff still find what is wrong with it."""

    @pytest.fixture
    def renamed(self, alice, sandbox):
        alice.connected("instagram", "maya")
        SocialNetwork.objects.update(external_id="an_older_name", status="accepted")
        read_again()
        return SocialNetwork.objects.get()

    def test_they_are_found_and_answered_by_keeping_it(self, desk, renamed):
        name = f"network/{renamed.pk}/"
        assert f"{QUEUE}{name}" not in desk.get(QUEUE).content.decode()
        assert f"{QUEUE}{name}" in desk.get(f"{QUEUE}?flagged=yes").content.decode()
        desk.get(f"{QUEUE}{name}")
        decide(desk, name, "keep", follow=True)
        renamed.refresh_from_db()
        assert (renamed.status, renamed.flags, renamed.flagged_at) == ("accepted", [], None)
        assert f"{QUEUE}{name}" not in desk.get(f"{QUEUE}?flagged=yes").content.decode()

    @pytest.mark.parametrize(("flag", "shown"), [("renamed", 1), ("any", 1), ("count_jumped", 0), ("nonsense", 1)])
    def test_the_lists_filter_by_flag(self, desk, renamed, flag, shown):
        page = desk.get(f"/admin/networks/socialnetwork/?flag={flag}")
        assert len(page.context["cl"].result_list) == shown

    def test_a_flag_that_nobody_saw_is_not_answered(self, desk, alice):
        row = SocialNetwork.objects.get(pk=alice.claim())
        name = f"network/{row.pk}/"
        asked_at = desk.get(f"{QUEUE}{name}").context["asked_at"]
        row.raise_flag(Flag.PROVEN_BY_OTHER)
        page = decide(desk, name, "accept", asked_at=asked_at).content.decode()
        assert "Nothing was changed" in page
        row.refresh_from_db()
        assert (row.status, row.flags) == ("pending", ["proven_by_other"])

    def test_keep_needs_a_flag(self, desk, alice):
        row = SocialNetwork.objects.get(pk=alice.claim())
        SocialNetwork.objects.update(status="accepted")
        with pytest.raises(InvalidTransition):
            row.transition("keep", by=None)

    def test_hearsay_sends_nobody_back(self, alice, bob, settings):
        settings.REVIEW_AGAIN = frozenset({"shared_identity"})
        alice.claim()
        SocialNetwork.objects.update(status="accepted")
        bob.claim()
        assert list(SocialNetwork.objects.order_by("pk").values_list("status", flat=True)) == ["accepted", "pending"]


class TestNamesakes:
    def test_suspending_one_claim_suspends_the_others(self, alice, bob, staff):
        first, other = SocialNetwork.objects.get(pk=alice.claim()), bob.claim()
        first.suspend(by=staff, reason="fraud")
        assert SocialNetwork.objects.get(pk=other).status == "suspended"

    def test_but_not_who_has_proven_it(self, alice, bob, staff, sandbox):
        proven = alice.connected("tiktok", "maya")
        claim = SocialNetwork.objects.get(pk=bob.claim("tiktok", "maya"))
        claim.suspend(by=staff, reason="an impostor")
        assert SocialNetwork.objects.get(pk=proven).status == "pending"

    def test_many_at_once(self, alice, bob, staff):
        alice.claim()
        other = bob.claim()
        mine = SocialNetwork.objects.filter(user=alice.user)
        mine.decide("suspend", by=staff, reason="fraud", asked_at=timezone.now())
        assert SocialNetwork.objects.get(pk=other).status == "suspended"


class TestBackToTheQueue:
    @pytest.fixture(autouse=True)
    def _setting(self, settings):
        settings.REVIEW_AGAIN = frozenset({"renamed", "count_differs"})

    def test_an_accepted_record_goes_back(self, alice, sandbox):
        pk = alice.connected("instagram", "maya")
        SocialNetwork.objects.update(external_id="an_older_name", status="accepted")
        read_again()
        row = SocialNetwork.objects.get(pk=pk)
        assert (row.status, row.status_reason) == ("pending", "Renamed at the provider")
        assert alice.ok("network/status/", {"network_id": pk})["status"] == "pending"

    def test_others_do_not(self, alice, sandbox):
        pk = alice.connected("tiktok", "maya")
        SocialNetwork.objects.update(followers=1_000_000, status="accepted")
        read_again()
        row = SocialNetwork.objects.get(pk=pk)
        assert (row.status, row.flags) == ("accepted", ["count_jumped"])

    def test_nor_what_is_not_accepted(self, alice, staff, sandbox):
        alice.connected("instagram", "maya")
        SocialNetwork.objects.update(external_id="an_older_name", status="rejected")
        read_again()
        assert SocialNetwork.objects.get().status == "rejected"

    def test_a_proof_does_not_accept_what_the_setting_wants_to_be_seen(self, alice, sandbox):
        pk = alice.claim("facebook", "someone", followers=9_000_000)
        SocialNetwork.objects.filter(pk=pk).raise_flag(Flag.RENAMED, was="a", found="b")
        from connect.moderation.claims import accept_by_policy
        from connect.moderation.workflow import Level

        accept_by_policy(SocialNetwork.objects.get(), Level.APP)
        assert SocialNetwork.objects.get().status == "pending"

    def test_a_setting_with_an_unknown_name_does_not_start(self):
        told = {**os.environ, "CONNECT_REVIEW_AGAIN": "renamed,nonsense"}
        command = [sys.executable, "manage.py", "check"]
        done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert "CONNECT_REVIEW_AGAIN: no such flag: nonsense" in done.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("bob_says", "flagged"),
    [
        (lambda bob: bob.claim("tiktok", "maya"), [["shared_identity"], ["shared_identity"]]),
        (lambda bob: bob.connected("tiktok", "maya"), [["proven_by_other"], []]),
    ],
    ids=["a claim", "a proof"],
)
def test_who_says_so_at_the_same_moment_sees_the_claim(alice, bob, sandbox, bob_says, flagged):
    """Bob speaks while Alice's claim is not committed: he waits for it."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    waiting += " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"

    def bob_waits():
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return cursor.fetchone()[0] == 1

    with transaction.atomic():
        alice.claim("tiktok", "maya")
        other = threading.Thread(target=alone(lambda: bob_says(bob)))
        other.start()
        until(bob_waits, seconds=10)
    other.join(10)
    assert [row.flags for row in SocialNetwork.objects.order_by("user_id")] == flagged
