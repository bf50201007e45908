"""A worker killed with kill -9 mid-batch, and Redis emptied: everything due is refreshed in the end, nothing twice."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.environment import PLANNING_QUEUE
from networks.models import SocialNetwork
from social_auth.demo.factories import CredentialFactory, NetworkFactory, UserFactory
from social_auth.refresh import tasks
from social_auth.sandbox.tokens import mint
from tests.support.processes import beat, kill, planner, until, worker

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
NETWORKS = {"tiktok": 40, "pinterest": 20, "twitter": 150, "youtube": 60}
COUNT_COMMITS = """
CREATE TABLE commits (id bigint);
CREATE FUNCTION count_commit() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO commits VALUES (NEW.id); RETURN NEW; END $$;
CREATE TRIGGER count_commit AFTER UPDATE ON networks_socialnetwork FOR EACH ROW
  WHEN (OLD.followers_as_of IS DISTINCT FROM NEW.followers_as_of) EXECUTE FUNCTION count_commit();
"""


@pytest.fixture
def commits(transactional_db):
    """Count, by trigger, how often each network's numbers were committed."""

    def counted() -> list[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, count(*) FROM commits GROUP BY id")
            return cursor.fetchall()

    with connection.cursor() as cursor:
        cursor.execute(COUNT_COMMITS)
    yield counted
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER count_commit ON networks_socialnetwork; DROP FUNCTION count_commit; DROP TABLE commits"
        )


def make_networks() -> int:
    user = UserFactory()
    due = timezone.now() - timedelta(minutes=1)
    for network, many in NETWORKS.items():
        for number in range(many):
            token = mint(network, f"m{number}")
            uid = token.holder.channel_id if network == "youtube" else token.holder.uid(token.app)
            row = NetworkFactory(connected=True, user=user, network=network, provider_uid=uid, next_refresh_at=due)
            CredentialFactory(network=row, access_token=str(token), refresh_token="")
    return SocialNetwork.objects.count()


def leases_run_out() -> None:
    """And with them the time for which rows are set aside whose workers died before."""
    past = timezone.now() - timedelta(seconds=1)
    SocialNetwork.objects.filter(lease_until__isnull=False).update(lease_until=past, next_refresh_at=past)


def test_a_planner_plans_one_round_after_another(sandbox):
    """It has one process: a connection that its start left open would be closed under it."""
    make_networks()
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.flushdb()
    rows = SocialNetwork.objects.filter(lease_until__gt=timezone.now())
    with planner():
        for _ in range(2):
            tasks.plan_refresh.apply_async(queue=PLANNING_QUEUE)
            until(rows.exists)
            leases_run_out()
    broker.flushdb()


def test_beat_and_worker_go_on_after_redis_was_emptied(sandbox, commits):
    total = make_networks()
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.flushdb()
    with worker(), beat() as scheduler:
        for part in (1, total // 3, total // 2):
            until(lambda part=part: len(commits()) >= part)
            broker.flushdb()
            leases_run_out()
        until(lambda: len(commits()) == total, seconds=90)
        assert scheduler.poll() is None
    assert all(count == 1 for _, count in commits())


def test_nothing_is_lost_and_nothing_committed_twice(sandbox, commits):
    total = make_networks()
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.flushdb()
    for _ in range(3):
        leases_run_out()
        tasks.plan_refresh()
        asked = len(sandbox.calls)
        with worker() as process:
            until(lambda asked=asked: len(sandbox.calls) >= asked + 8)
            kill(process)
        broker.flushdb()
    assert 0 < len(commits()) < total

    leases_run_out()
    tasks.plan_refresh()
    with worker():
        until(lambda: len(commits()) == total)

    assert all(count == 1 for _, count in commits())
    assert not SocialNetwork.objects.filter(lease_until__isnull=False).exists()
    assert not SocialNetwork.objects.exclude(health="healthy").exists()
    broker.flushdb()
