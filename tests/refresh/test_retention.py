"""What the networks' terms let nobody keep is gone after one pruning, as the table tells apps; the rest is there."""

import math
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from connect.models import FollowerReading
from connect.moderation.workflow import Status
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.assets.models import Asset, Discovery
from social_auth.demo.factories import AssetFactory, ChannelFactory, DiscoveryFactory, NetworkFactory
from social_auth.privacy import erasure
from social_auth.refresh import engagement
from tests.refresh.test_refresh import run_due
from tests.support.due import due, erase_all

pytestmark = pytest.mark.django_db
TWO_YEARS = 730
WORDS = {"handle": "maya", "posts_count": 7, "mine": "typed"}


@pytest.fixture
def rules(client):
    """The rules of a network by what they are about, as the API tells them."""

    def told(network):
        types = client.post("/api/get/network-types/").json()["network_types"]
        [row] = [row for row in types if row["network"] == network]
        return {rule.pop("data"): rule for rule in row["retention"]}

    return told


def ago(days):
    return timezone.now() - timedelta(days=days)


def with_two_years(network, *, unread_for=0, factory=NetworkFactory, **columns):
    """A connected account that was read every tenth day of two years, and has all that a provider may tell of it."""
    rate = {"engagement_rate": 2.5, "engagement_source": "erf-1", "engagement_as_of": ago(unread_for)}
    row = factory(
        connected=True,
        network=network,
        name="Maya",
        followers=1000,
        followers_source="exact",
        followers_as_of=ago(unread_for),
        read_at=ago(unread_for),
        extra_data=WORDS,
        **(rate if factory is NetworkFactory else {}),
        flag_details={"count_jumped": {"was": 1, "found": 1000, "at": str(ago(unread_for).date())}},
    )
    type(row).objects.filter(pk=row.pk).update(**columns)
    for age in range(0, TWO_YEARS + 1, 10):
        row.readings.create(day=ago(age).date(), followers=1000 - age, source="exact", as_of=ago(age))
    return row


def ages(row):
    """How old the readings are that are left, in days."""
    today = timezone.now().date()
    return [(today - day).days for day in row.readings.order_by("day").values_list("day", flat=True)]


def left(row):
    """What there is of a record beside its readings: what each rule is about."""
    row.refresh_from_db()
    extra = row.extra_data
    return {
        "followers": row.followers is not None
        or bool(row.followers_as_of or row.flag_details or "posts_count" in extra),
        "derived": getattr(row, "engagement_rate", None) is not None,
        "profile": bool(row.name) or "handle" in extra,
    }


@pytest.mark.parametrize(
    ("network", "agreed"), [*((network, False) for network in Network), ("youtube", True), ("pinterest", True)]
)
def test_after_one_pruning_the_table_holds(network, agreed, rules, settings):
    settings.CONNECT_AGREEMENTS = frozenset({network} if agreed else ())
    told = rules(network)
    connected = with_two_years(network)
    unread = {what: with_two_years(network, unread_for=rule["days"]) for what, rule in told.items() if rule["days"]}
    over = {
        what: with_two_years(
            network,
            status=Status.DISCONNECTED,
            disconnected_from=Status.ACCEPTED,
            status_changed_at=ago(rule["days_after_disconnect"]),
        )
        for what, rule in told.items()
    }
    unproven = with_two_years(network, verified=False, health_since=ago(TWO_YEARS))
    erased = [with_two_years(network), with_two_years(network, status=Status.SUSPENDED)]
    for row in erased:
        erasure.close(row.user)
    erase_all()

    call_command("prune_history")

    assert left(connected) == {"followers": True, "derived": told["derived"]["days"] != 0, "profile": True}
    kept = told["history"]["days"]
    assert all(kept is None or age < kept for age in ages(connected))
    assert len(ages(connected)) == math.ceil(min(TWO_YEARS + 1, TWO_YEARS + 1 if kept is None else kept) / 10)
    assert connected.extra_data["mine"] == "typed"
    for what, row in unread.items():
        assert what == "history" or not left(row)[what], what
    for what, row in over.items():
        assert ages(row) == [] if what == "history" else not left(row)[what], what
        assert row.extra_data["mine"] == "typed"
    assert left(unproven) == {"followers": False, "derived": False, "profile": False}
    assert ages(unproven) == []
    remains = SocialNetwork.objects.get(pk__in=[row.pk for row in erased])  # of the suspended one
    assert left(remains) == {"followers": False, "derived": False, "profile": False}
    assert not FollowerReading.objects.filter(object_id__in=[row.pk for row in erased]).exists()
    call_command("prune_history")
    assert left(connected)["followers"]


def test_a_disconnect_of_today_takes_nothing_before_its_time(rules):
    row = with_two_years("youtube", status=Status.DISCONNECTED, status_changed_at=timezone.now())
    call_command("prune_history")
    assert left(row) == {"followers": True, "derived": False, "profile": True}
    assert max(ages(row)) < rules("youtube")["history"]["days"]


def test_channels_too(rules):
    month = rules("youtube")["followers"]["days"]
    row = with_two_years("youtube", unread_for=month, factory=ChannelFactory)
    call_command("prune_history")
    assert left(row) == {"followers": False, "derived": False, "profile": False}
    assert max(ages(row)) < month


def test_what_a_creator_typed_stays():
    claim = NetworkFactory(
        network="youtube", followers=5000, followers_source="claimed", name="Maya", engagement_rate=3.0,
        engagement_source="claimed", status=Status.DISCONNECTED, status_changed_at=ago(TWO_YEARS), extra_data=WORDS,
    )  # fmt: skip
    call_command("prune_history")
    claim.refresh_from_db()
    assert (claim.followers, claim.name, claim.engagement_rate, claim.extra_data) == (5000, "Maya", 3.0, WORDS)


def test_what_an_account_administers_is_emptied_and_listed_anew(alice, sandbox):
    unlisted = AssetFactory(network__network="facebook", name="A page", followers=5, seen_at=ago(100))
    discovery = DiscoveryFactory(network=unlisted.network, digest="as it was", finished_at=ago(100))
    listed = AssetFactory(network__network="facebook", name="A page", followers=5, seen_at=ago(100))
    DiscoveryFactory(network=listed.network, digest="as it was", finished_at=ago(1))
    call_command("prune_history")
    assert list(Asset.objects.order_by("pk").values_list("name", "followers")) == [("", None), ("A page", 5)]
    assert Discovery.objects.get(pk=discovery.pk).digest == ""
    unlisted.refresh_from_db()
    assert unlisted.provider_uid


class TestWhatMayNotBeKept:
    """Where nothing is to be kept, nothing is written in the first place."""

    def test_no_reading_and_no_growth(self, alice, sandbox, settings):
        pk = alice.connected("pinterest")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert run_due() == [{"refreshed": 1}]
        assert SocialNetwork.objects.get().followers is not None
        assert not FollowerReading.objects.exists()
        settings.CONNECT_AGREEMENTS = frozenset({"pinterest"})
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert run_due() == [{"refreshed": 1}]
        assert FollowerReading.objects.get().object_id == pk

    def test_growth_and_engagement_only_with_the_amendment(self, alice, sandbox, settings):
        pk = alice.connected("youtube")
        SocialNetwork.objects.get().readings.create(
            day=date.fromordinal(timezone.now().date().toordinal() - 3), followers=1, source="exact", as_of=ago(3)
        )
        assert due(engagement.ENGAGEMENT) == []
        answer = alice.ok("get/network-history/", {"network_id": pk})
        assert (len(answer["history"]), answer["growth"]) == (2, None)
        settings.CONNECT_AGREEMENTS = frozenset({"youtube"})
        assert alice.ok("get/network-history/", {"network_id": pk})["growth"]["followers"] > 0
        assert due(engagement.ENGAGEMENT) == [pk]

    def test_no_words_about_oneself_that_nothing_renews(self, alice, sandbox):
        for network in ("youtube", "pinterest"):
            alice.connected(network)
        assert not SocialNetwork.objects.filter(extra_data__has_key="bio").exists()
