"""Due work: each row is handed out once, whatever hangs, dies or is asked twice; all eight kinds by one mechanism."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from config.environment import PLANNING_QUEUE
from networks.models import SocialNetwork
from social_auth.assets import discovery
from social_auth.assets import tasks as assets_tasks
from social_auth.assets.models import Discovery
from social_auth.credentials import tasks as credentials_tasks
from social_auth.credentials.models import Credential, Revocation
from social_auth.demo.factories import (
    CredentialFactory,
    DiscoveryFactory,
    EngagementFactory,
    ErasureFactory,
    RevocationFactory,
)
from social_auth.privacy import tasks as privacy_tasks
from social_auth.privacy.models import Erasure
from social_auth.refresh import tasks as refresh_tasks
from social_auth.refresh.models import Engagement
from tests.refresh.test_refresh import copies, make_due
from tests.support.due import task

pytestmark = pytest.mark.django_db
PAST = timedelta(minutes=1)
PLANNED = (
    "refresh", "renewals", "discoveries", "engagement", "revocations", "erasures", "webhooks", "mails",
    "bulk_decisions",
)  # fmt: skip


@pytest.fixture
def messages(monkeypatch):
    """What is sent to the broker: (task, queue, arguments, options)."""
    sent = []
    for name in ("refresh_batch", "renew_credentials", "list_assets", "measure_engagement", "revoke_tokens",
                 "erase_accounts", "deliver_webhooks"):  # fmt: skip
        monkeypatch.setattr(
            task(name),
            "apply_async",
            lambda kwargs, queue, name=name, **options: sent.append((name, queue, kwargs, options)),
        )
    return sent


def ids(messages, name):
    return sorted(pk for task, _, arguments, _ in messages if task == name for pk in arguments["ids"])


def three_accounts(creator):
    return [row.pk for row in copies(creator, 3, "pinterest")]


def refreshes(creator):
    pks = three_accounts(creator)
    make_due()
    return pks


def credentials(creator):
    pks = three_accounts(creator)
    ends = timezone.now() + timedelta(hours=1)
    for row in SocialNetwork.objects.filter(pk__in=pks):
        CredentialFactory(due=True, network=row, obtained_at=ends - timedelta(days=30))
    return pks


def discoveries(creator, network="pinterest", number=3):
    return [DiscoveryFactory(network=row).pk for row in copies(creator, number, network)]


def engagements(creator):
    return [EngagementFactory(network=row).pk for row in copies(creator, 3, "tiktok")]


def revocations(creator):
    return [row.pk for row in RevocationFactory.create_batch(3)]


def erasures(creator):
    return [row.pk for row in ErasureFactory.create_batch(3)]


KINDS = {
    "refresh_batch": (refresh_tasks.plan_refresh, refreshes),
    "renew_credentials": (credentials_tasks.plan_renewals, credentials),
    "list_assets": (assets_tasks.plan_discoveries, discoveries),
    "measure_engagement": (refresh_tasks.plan_engagement, engagements),
    "erase_accounts": (privacy_tasks.plan_erasures, erasures),
    "revoke_tokens": (credentials_tasks.plan_revocations, revocations),
}


class TestPlanning:
    @pytest.mark.parametrize("name", KINDS)
    def test_what_is_due_is_handed_out_once_in_five_rounds(self, alice, messages, name):
        plan, prepare = KINDS[name]
        pks = prepare(alice)
        for _ in range(5):
            plan()
        assert ids(messages, name) == sorted(pks)

    @pytest.mark.parametrize("name", KINDS)
    def test_and_again_when_its_lease_has_ended(self, alice, messages, name):
        plan, prepare = KINDS[name]
        pks = prepare(alice)
        plan()
        for model in (SocialNetwork, Credential, Discovery, Engagement, Erasure, Revocation):
            model.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - PAST)
        plan()
        assert ids(messages, name) == sorted(pks * 2)
        tokens = {arguments["token"] for task, _, arguments, _ in messages if task == name}
        assert len(tokens) == 2

    @pytest.mark.parametrize("name", KINDS)
    def test_it_goes_to_the_queue_of_its_kind_and_network(self, alice, messages, name):
        plan, prepare = KINDS[name]
        prepare(alice)
        plan()
        known = {queue.name for queue in settings.CELERY_TASK_QUEUES}
        for _, queue, arguments, options in messages:
            assert queue in known
            assert queue.endswith(f".{arguments['lane']}")
            assert "expires" not in options

    def test_planners_have_a_queue_that_nothing_else_fills(self):
        planned = {name: entry for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if ".plan_" in name}
        assert {name.rpartition(".")[2] for name in planned} == {f"plan_{kind}" for kind in PLANNED}
        assert all(task(name.rpartition(".")[2]).name == name for name in settings.CELERY_BEAT_SCHEDULE)
        assert {entry["options"]["queue"] for entry in planned.values()} == {PLANNING_QUEUE}
        assert not any("expires" in entry["options"] for entry in planned.values())
        assert PLANNING_QUEUE not in settings.WORK_QUEUES


class TestAHungProvider:
    def test_sixty_of_its_discoveries_leave_the_others_alone(self, alice, messages):
        discoveries(alice, "linkedin", 60)
        [instagram] = [row.pk for row in copies(alice, 1, "instagram")]
        for _ in range(5):
            assets_tasks.plan_discoveries()
        make_due()
        SocialNetwork.objects.filter(network="linkedin").update(next_refresh_at=None)
        refresh_tasks.plan_refresh()

        assert len(ids(messages, "list_assets")) == discovery.MAX_RUNNING
        assert {queue for name, queue, *_ in messages if name == "list_assets"} == {"discovery.linkedin"}
        assert [(queue, arguments["ids"]) for name, queue, arguments, _ in messages if name == "refresh_batch"] == [
            ("refresh.instagram", [instagram])
        ]


class TestWhoNeverSaysWhatCameOfIt:
    """A task that takes its worker along, or runs into its time limit, has no say: its row is set aside for longer."""

    def lost(self, minutes):
        """Claim as a planner does that many minutes from now, and say nothing."""
        return [pk for claim in discovery.DISCOVERY.claim_due(timezone.now() + minutes) for pk in claim.ids]

    def test_each_loss_sets_it_aside_for_twice_as_long(self, alice):
        [pk] = discoveries(alice, number=1)
        lease, at, waits = discovery.LEASE, timedelta(0), []
        for _ in range(11):
            since = at
            while not self.lost(at):
                at += lease
            waits.append((at - since) / lease)
            at += timedelta(seconds=1)
        assert waits == [0, 1, 1, 1, 2, 4, 8, 16, 32, 32, 32]
        assert Discovery.objects.get(pk=pk).failures == 11

    def test_a_result_ends_that(self, alice, monkeypatch):
        [pk] = discoveries(alice, number=1)
        Discovery.objects.update(failures=7)
        monkeypatch.setattr(discovery, "_listed", lambda network: [])
        assert discovery.discover(pk) == "listed"
        row = Discovery.objects.get()
        assert (row.failures, row.lease_until) == (0, None)
        assert row.due_at < timezone.now() + timedelta(hours=27)
