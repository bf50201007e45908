"""Hosts whose clocks differ by five minutes: nothing that one of them holds is taken by another, or kept for longer."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from config import tasks
from connect.api.idempotency import IdempotencyKey
from networks.models import SocialNetwork
from social_auth.assets.models import Discovery
from social_auth.credentials import renewal
from social_auth.credentials.models import Credential, Revocation
from social_auth.demo.factories import NetworkPauseFactory
from social_auth.privacy.models import Erasure
from social_auth.refresh import batches, planning
from social_auth.refresh.models import Engagement
from tests.desk.test_desk import QUEUE, colleague
from tests.due_work.test_due_work import KINDS, ids, messages  # noqa: F401 - a fixture
from tests.refresh.test_refresh import copies
from tests.support.api import a_claim
from tests.support.processes import python

pytestmark = pytest.mark.django_db
AHEAD, BEHIND = timedelta(minutes=5), timedelta(minutes=-5)
APPROVAL = "action/network/approval/"
MODELS = {
    "refresh_batch": SocialNetwork,
    "renew_credentials": Credential,
    "list_assets": Discovery,
    "measure_engagement": Engagement,
    "erase_accounts": Erasure,
    "revoke_tokens": Revocation,
}


@pytest.fixture(autouse=True)
def _database_knows_the_time(monkeypatch):
    """As in production."""
    monkeypatch.setattr("connect.clock.made_up", lambda now: None)


PLAN = """
import sys
from datetime import UTC, datetime, timedelta

import django
import time_machine

django.setup()
from django.utils import timezone

from social_auth.refresh.planning import REFRESH

with time_machine.travel(datetime.now(UTC) + timedelta(minutes=int(sys.argv[1]))):
    for _ in sys.stdin:
        claims = REFRESH.claim_lane("pinterest", timezone.now(), most=2)
        print(*(pk for claim in claims for pk in claim.ids), flush=True)
"""
"""A host's planner, whose clock is that many minutes off: it claims two rows for each line that it is sent."""


def right_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


@contextmanager
def host(off):
    """A host whose clock is wrong by so much."""
    with time_machine.travel(datetime.now(UTC) + off):
        yield


def make_long_due(name):
    column = MODELS[name].due_column
    MODELS[name].objects.update(**{column: timezone.now() - timedelta(minutes=10)})


@pytest.mark.parametrize("other", [AHEAD, BEHIND])
@pytest.mark.parametrize("name", KINDS)
class TestWork:
    def test_what_one_holds_is_not_claimed_by_another(self, alice, messages, name, other):  # noqa: F811
        plan, prepare = KINDS[name]
        pks = prepare(alice)
        make_long_due(name)
        plan()
        with host(other):
            plan()
        assert ids(messages, name) == sorted(pks)

    def test_what_another_holds_is_not_claimed(self, alice, messages, name, other):  # noqa: F811
        plan, prepare = KINDS[name]
        pks = prepare(alice)
        make_long_due(name)
        with host(other):
            plan()
        plan()
        assert ids(messages, name) == sorted(pks)

    def test_a_lease_ends_when_it_should(self, alice, messages, name, other):  # noqa: F811
        plan, prepare = KINDS[name]
        prepare(alice)
        make_long_due(name)
        plan()
        left = [row.lease_until - right_time() for row in MODELS[name].objects.filter(lease_until__isnull=False)]
        MODELS[name].objects.update(lease_until=None)
        with host(other):
            plan()
        of_the_other = [
            row.lease_until - right_time() for row in MODELS[name].objects.filter(lease_until__isnull=False)
        ]
        assert len(left) == len(of_the_other) == 3
        assert abs(max(left) - max(of_the_other)) < timedelta(seconds=20)


@pytest.mark.parametrize("off", [AHEAD, BEHIND])
class TestReading:
    def leased(self, creator, left):
        [row] = copies(creator, 1, "pinterest")
        token, pks = SocialNetwork.objects.filter(pk=row.pk).claim(most=1, now=timezone.now(), lease=left)
        return token, pks

    def test_a_lease_that_is_nearly_over_is_renewed_before_a_part_is_begun(self, alice, off):
        token, pks = self.leased(alice, timedelta(seconds=10))
        with host(off):
            held, until = batches._hold(token, pks)
            works_for = until - timezone.now()
        assert list(held) == pks
        ends = SocialNetwork.objects.get().lease_until - right_time()
        assert timedelta(0) < works_for < ends

    def test_one_that_has_only_begun_is_left_as_it_is(self, alice, off):
        token, pks = self.leased(alice, timedelta(minutes=2))
        before = SocialNetwork.objects.get().lease_until
        with host(off):
            batches._hold(token, pks)
        assert SocialNetwork.objects.get().lease_until == before

    def test_its_owner_is_told_that_it_runs(self, alice, off):
        _, [pk] = self.leased(alice, timedelta(minutes=2))
        session = {"X-Session-Token": alice.session_token, "Authorization": ""}
        with host(off):
            answer = alice.post("network/refresh/", {"network_id": pk}, **session)
        assert answer.json()["state"] == "running"


@pytest.mark.parametrize("off", [AHEAD, BEHIND])
class TestRenewing:
    def test_a_refused_token_is_renewed_by_one_host(self, alice, off):
        KINDS["renew_credentials"][1](alice)
        refused = Credential.objects.first()
        rows = renewal.renewable(refused.provider).filter(pk=refused.pk)
        assert rows.free(timezone.now()).claim(most=1, now=timezone.now(), lease=renewal.LEASE)[1]
        with host(off):
            assert not rows.free(timezone.now()).exists()


@pytest.mark.parametrize("other", [AHEAD, BEHIND])
class TestIdempotency:
    def post(self, creator):
        session = {"X-Session-Token": creator.session_token, "Idempotency-Key": "k", "Authorization": ""}
        return creator.post(APPROVAL, a_claim(), **session)

    def test_a_call_that_runs_is_not_taken_for_dead(self, alice, other):
        assert self.post(alice).status_code == 200
        IdempotencyKey.objects.update(status=None, body=None)
        with host(other):
            answer = self.post(alice)
        assert (answer.status_code, answer.json()["error"]) == (409, "idempotency_key_in_use")

    def test_nor_is_one_of_the_other(self, alice, other):
        with host(other):
            assert self.post(alice).status_code == 200
        IdempotencyKey.objects.update(status=None, body=None)
        assert self.post(alice).status_code == 409

    def test_its_answer_is_told_again(self, alice, other):
        first = self.post(alice)
        with host(other):
            again = self.post(alice)
        assert again.json() == first.json()
        assert again["Idempotency-Replayed"] == "true"

    def test_it_is_not_forgotten_early(self, alice, other):
        self.post(alice)
        IdempotencyKey.objects.update(started_at=right_time() - timedelta(hours=23, minutes=58))
        with host(other):
            tasks.forget_seen()
        assert IdempotencyKey.objects.exists()

    def test_a_call_that_died_gives_its_key_back(self, alice, other):
        self.post(alice)
        SocialNetwork.objects.all().delete()
        IdempotencyKey.objects.update(status=None, body=None, started_at=right_time() - timedelta(seconds=70))
        with host(other):
            assert self.post(alice).status_code == 200


@pytest.mark.parametrize("minutes", [(-15, 0), (0, 15)])
def test_a_record_that_one_moderator_holds_is_kept_from_others(desk, alice, minutes):
    of_the_one, of_the_other = (timedelta(minutes=off) for off in minutes)
    page, hold = f"{QUEUE}network/{alice.claim()}/", {"decision": "hold"}
    with host(of_the_one):
        desk.post(page, hold)
    with host(of_the_other):
        answer = colleague().post(page, hold, follow=True)
    assert "A colleague has this record." in answer.content.decode()


@pytest.mark.parametrize("off", [AHEAD, BEHIND])
def test_a_pause_ends_when_it_should(db, off):
    NetworkPauseFactory(network="tiktok", until=right_time() + timedelta(minutes=2))
    NetworkPauseFactory(network="twitter", until=right_time() - timedelta(minutes=2))
    with host(off):
        open_now = planning.unpaused(timezone.now())
    assert "tiktok" not in open_now
    assert "twitter" in open_now


@pytest.mark.django_db(transaction=True)
def test_two_planners_whose_hosts_are_ten_minutes_apart(alice, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    rows = copies(alice, 40, "pinterest")
    SocialNetwork.objects.update(next_refresh_at=timezone.now() - timedelta(hours=1))
    planners = [python(PLAN, minutes) for minutes in ("5", "-5")]
    claimed = [claim(planner) for _ in range(15) for planner in planners]
    for planner in planners:
        planner.communicate(timeout=60)
    assert sorted(pk for pks in claimed for pk in pks) == sorted(row.pk for row in rows)
    assert [len(pks) for pks in claimed] == [2] * 20 + [0] * 10


def claim(planner):
    """Let it claim, and return what it got."""
    planner.stdin.write("\n")
    planner.stdin.flush()
    return [int(pk) for pk in planner.stdout.readline().split()]
