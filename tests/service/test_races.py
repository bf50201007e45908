"""Many at once: real threads against the real database. Exactly one row, exact limits, no 500, no lost decision."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from django.utils import timezone

from connect.moderation.workflow import LIVE, InvalidTransition, Status
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.assets import discovery, proofs
from social_auth.credentials.models import Credential
from social_auth.sandbox.accounts import Account
from social_auth.sandbox.tokens import mint
from tests.support.api import a_claim, alone, posted

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
THREADS = 8
ROUNDS = 50


def at_once(*jobs):
    """Start all jobs at the same moment, each in a thread with connections of its own; return their results."""
    barrier = Barrier(len(jobs))

    def run(job):
        barrier.wait()
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    from social_auth.credentials import tasks

    monkeypatch.setattr(tasks.revoke, "apply_async", lambda **_: None)


def test_one_user_connects_the_same_account_from_eight_threads(alice, sandbox):
    for number in range(ROUNDS):
        body = posted(mint("facebook", f"maya{number}"))
        codes = Counter(at_once(*[lambda body=body: alice.post("auth/facebook/", body).status_code] * THREADS))
        assert codes == {200: 1, 409: THREADS - 1}
        assert SocialNetwork.objects.filter(external_id=body["user_id"]).count() == 1
        SocialNetwork.objects.get(external_id=body["user_id"]).disconnect(by=alice.user)
    assert SocialNetwork.objects.count() == ROUNDS


def test_two_users_race_for_one_account(alice, bob, sandbox):
    for number in range(ROUNDS):
        body = posted(mint("twitter", f"maya{number}"))
        jobs = [lambda who=who, body=body: who.post("auth/twitter/", body).status_code for who in (alice, bob)]
        codes = Counter(at_once(*jobs * (THREADS // 2)))
        assert codes == {200: 1, 409: THREADS - 1}
        row = SocialNetwork.objects.get(provider_uid=body["user_id"])
        assert Credential.objects.filter(pk=row.pk).exists()
        row.disconnect(by=row.user)
    assert SocialNetwork.objects.count() == ROUNDS


@pytest.mark.parametrize("room", [0, 1, 5])
def test_twenty_parallel_claims_at_the_limit(alice, settings, room):
    settings.CONNECT_MAX_NETWORKS = 3 + room
    for number in range(3):
        alice.claim(name=f"before{number}")

    jobs = [
        lambda number=number: alice.post("action/network/approval/", a_claim(name=f"n{number}")).status_code
        for number in range(20)
    ]

    assert Counter(at_once(*jobs)) == Counter({200: room, 403: 20 - room})
    assert SocialNetwork.objects.filter(status__in=LIVE).count() == 3 + room


def test_the_same_claim_twenty_times(alice):
    answers = at_once(*[lambda: alice.post("action/network/approval/", a_claim()).json()["approval_id"]] * 20)
    assert len(set(answers)) == 1
    assert SocialNetwork.objects.count() == 1


def test_a_moderator_accepts_while_the_owner_disconnects(alice, staff):
    for number in range(ROUNDS):
        pk = alice.claim(name=f"maya{number}")

        def accept(pk=pk):
            try:
                SocialNetwork(pk=pk).accept(by=staff)
            except InvalidTransition:
                return "refused"
            return "accepted"

        decided, answer = at_once(accept, lambda pk=pk: alice.post("network/disconnect/", {"network_id": pk}))

        assert answer.status_code == 200
        network = SocialNetwork.objects.get(pk=pk)
        assert network.status == Status.DISCONNECTED
        path = [event.status for event in network.events.order_by("pgh_id")]
        if decided == "accepted":
            assert path == ["pending", "accepted", "disconnected"]
        else:
            assert path == ["pending", "disconnected"]


def test_two_moderators_decide_at_once(alice, staff):
    for number in range(20):
        network = SocialNetwork.objects.get(pk=alice.claim(name=f"maya{number}"))

        def decide(name, pk=network.pk):
            try:
                SocialNetwork(pk=pk).transition(name, by=staff, reason="because")
            except InvalidTransition:
                return None
            return name

        decisions = at_once(lambda: decide("suspend"), lambda: decide("reject"))

        [won] = [name for name in decisions if name]
        network.refresh_from_db()
        assert network.status == {"suspend": "suspended", "reject": "rejected"}[won]


def test_a_strong_proof_and_a_weak_one_race(alice, bob, sandbox):
    for number in range(20):
        name = f"maya{number}"
        weak, strong = at_once(
            lambda n=name: alice.connect("instagram", n, kind="long"), lambda n=name: bob.connect("instagram", n)
        )
        assert weak.status_code in (200, 409)
        assert strong.status_code == 200
        [held] = SocialNetwork.objects.filter(external_id=name, verified=True).exclude(status=Status.DISCONNECTED)
        assert held.user_id == bob.user.pk


@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_claim_of_the_very_moment_escapes_no_suspension(alice, bob, staff, settings, in_bulk):
    settings.CONNECT_MAX_NETWORKS = ROUNDS
    for number in range(ROUNDS):
        mine = SocialNetwork.objects.get(pk=alice.claim(name=f"maya{number}"))

        def suspend(row=mine):
            if not in_bulk:
                return row.suspend(by=staff, reason="Stolen pictures")
            rows = SocialNetwork.objects.filter(pk=row.pk)
            shown_after_any_flag = timezone.now() + timedelta(minutes=1)
            return rows.decide("suspend", by=staff, reason="Stolen pictures", asked_at=shown_after_any_flag)

        at_once(suspend, lambda number=number: bob.claim(name=f"maya{number}"))
    assert Counter(SocialNetwork.objects.values_list("status", flat=True)) == {Status.SUSPENDED: 2 * ROUNDS}


def test_a_page_proof_of_the_very_moment_escapes_no_suspension(alice, bob, staff, sandbox, monkeypatch):
    [page, *_] = Account("facebook", "maya").assets()
    network = alice.connected("facebook", "maya")
    assert discovery.discover(network) == "listed"
    body = {"network": "facebook", "page_id": page.number, "page_name": "Hers", "page_url": "facebook.com/first1"}
    hers = SocialPage.objects.get(pk=alice.ok("add/social-page/", body)["page_id"])
    assert hers.verified
    alice.ok("network/disconnect/", {"network_id": network})
    other = {"page_id": page.slug.replace("-", "."), "page_url": "facebook.com/other1"}
    bob.ok("add/social-page/", body | other)
    accept = proofs.accept_by_policy
    suspending = []

    def meet(*arguments):
        """Suspend hers when his is proven and not yet told: that has to wait."""
        suspending.append(pool.submit(alone(SocialPage(pk=hers.pk).suspend), by=staff, reason="Stolen"))
        while not suspending[0].done() and not somebody_waits():
            pass
        accept(*arguments)

    monkeypatch.setattr(proofs, "accept_by_policy", meet)
    with ThreadPoolExecutor(1) as pool:
        assert discovery.discover(bob.connected("facebook", "maya")) == "listed"
        suspending[0].result()

    his = SocialPage.objects.get(user=bob.user)
    assert (his.provider_uid, his.status) == (page.number, "suspended")


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        return cursor.fetchone() is not None
