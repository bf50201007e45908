"""What a reading writes: neither claim nor result touches an index of the record's table."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from connect.due_work.open_claims import OpenClaim
from connect.network_table import Network
from networks.due_readings import OLD_INDEXES, DueReading
from networks.models import SocialNetwork
from social_auth.demo.seeding import seed
from social_auth.refresh import batches
from social_auth.refresh.planning import REFRESH
from tests.refresh.test_refresh import copies, make_due
from tests.support.due import due
from tests.support.plans import analyze, reading_all_of, statements

pytestmark = pytest.mark.django_db


def updates():
    """How many updates of records this transaction made, and how many of them left all indexes alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'networks_socialnetwork'"
        )
        return cursor.fetchone()


def read_all():
    for claim in REFRESH.claim_due(timezone.now()):
        batches.refresh_batch(claim.lane, claim.token, claim.ids)


@pytest.mark.parametrize("network", Network.values)
def test_a_reading_leaves_every_index_of_the_records_alone(alice, sandbox, network):
    alice.connected(network)
    make_due(followers=None)
    read_all()
    make_due()
    before = updates()
    read_all()
    made, spared = (now - then for now, then in zip(updates(), before, strict=True))
    assert (made, spared) == (2, 2)


def test_what_is_under_way_is_counted_until_it_is_given_back(alice, sandbox):
    copies(alice, 3, "pinterest")
    make_due()
    claims = list(REFRESH.claim_due(timezone.now()))
    assert REFRESH.outstanding("pinterest", timezone.now()) == 3
    for claim in claims:
        batches.refresh_batch(claim.lane, claim.token, claim.ids)
    assert REFRESH.outstanding("pinterest", timezone.now()) == 0
    list(REFRESH.claim_due(timezone.now()))
    assert not OpenClaim.objects.exists()


def test_the_due_ones_are_known_whoever_writes_a_record(alice):
    [row] = copies(alice, 1, "tiktok")
    make_due()
    assert due(REFRESH) == [row.pk]
    SocialNetwork.objects.filter(pk=row.pk).update(next_refresh_at=None)
    assert (due(REFRESH), DueReading.objects.count()) == ([], 0)
    make_due()
    SocialNetwork.objects.filter(pk=row.pk).delete()
    assert (due(REFRESH), DueReading.objects.count()) == ([], 0)


def test_what_was_there_before_the_migration_is_due(alice):
    rows = copies(alice, 3, "tiktok")
    make_due()
    DueReading.objects.all().delete()
    with connection.schema_editor() as editor:
        import_module("networks.migrations.0005_fill_due_readings").fill(apps, editor)
    assert due(REFRESH) == [row.pk for row in rows]


def test_a_round_reads_no_table_as_a_whole():
    seed(2_000)
    analyze("networks_socialnetwork", "networks_duereading")
    with statements() as told:
        [claim, *_] = REFRESH.claim_lane("tiktok", timezone.now() + timedelta(hours=1))
        REFRESH.outstanding("tiktok", timezone.now())
    assert claim.ids
    assert reading_all_of(told, "networks_socialnetwork", "networks_duereading") == []


@pytest.mark.django_db(transaction=True)
def test_the_indexes_of_the_version_before_go_when_it_is_gone():
    with connection.cursor() as cursor:
        for name in OLD_INDEXES:
            cursor.execute(f"CREATE INDEX {name} ON networks_socialnetwork (next_refresh_at, lease_until)")
    call_command("finish_upgrade")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = ANY(%s)", [[*OLD_INDEXES]])
        assert cursor.fetchone()[0] == 0
