"""A record's follower history: one reading a day, its growth, and the day it must be gone."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from connect.models import FollowerReading
from networks.models import SocialNetwork

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(alice):
    pk = alice.claim("twitter", "maya")
    SocialNetwork.objects.filter(pk=pk).update(network="twitter")
    return SocialNetwork.objects.get(pk=pk)


def read(network, *counts, every=1):
    """Readings of the last days, the last count being today's."""
    now = timezone.now()
    for age, count in enumerate(reversed(counts)):
        at = now - timedelta(days=age * every)
        FollowerReading.objects.record({network: (count, "exact")}, as_of=at)


def test_readings_and_growth(alice, network):
    read(network, 100, 110, 125)
    answer = alice.ok("get/network-history/", {"network_id": network.pk, "days": 7})
    today = timezone.now().date()
    assert [(one["date"], one["followers"], one["source"]) for one in answer["history"]] == [
        (str(today - timedelta(days=2)), 100, "exact"),
        (str(today - timedelta(days=1)), 110, "exact"),
        (str(today), 125, "exact"),
    ]
    assert answer["growth"] == {
        "since": str(today - timedelta(days=2)), "until": str(today), "followers": 25, "percent": 25.0,
    }  # fmt: skip
    assert (answer["network_id"], answer["days"]) == (network.pk, 7)


def test_only_the_days_that_were_asked_for(alice, network):
    read(network, *range(1, 61))
    for asked, expected in ((None, 30), (1, 1), (2, 2), (60, 60), (3660, 60)):
        body = {"network_id": network.pk} | ({"days": asked} if asked else {})
        assert len(alice.ok("get/network-history/", body)["history"]) == expected


@pytest.mark.parametrize(("counts", "growth"), [((), None), ((5,), None), ((0, 5), 5), ((5, 0), -5)])
def test_growth_of_little_data(alice, network, counts, growth):
    read(network, *counts)
    told = alice.ok("get/network-history/", {"network_id": network.pk})["growth"]
    assert (told and told["followers"]) == growth
    if counts == (0, 5):
        assert told["percent"] is None


@pytest.mark.parametrize("days", [0, -1, 3661, "x", 1.5, None, True, [], 10**30])
def test_bad_days(alice, network, days):
    status, refusal = alice.refused("get/network-history/", {"network_id": network.pk, "days": days})
    assert (status, refusal["field"]) in [(400, "days"), (400, "body")]


def test_whose_history(alice, bob, network):
    assert bob.refused("get/network-history/", {"network_id": network.pk})[0] == 403
    assert alice.refused("get/network-history/", {"network_id": 10**9})[0] == 404


def test_it_takes_three_queries(alice, network, django_assert_num_queries):
    read(network, *range(30))
    with django_assert_num_queries(3):
        alice.ok("get/network-history/", {"network_id": network.pk})


class TestPruning:
    def prune(self, capsys):
        call_command("prune_history")
        return capsys.readouterr().out.strip()

    def test_linkedins_go_after_a_year_others_stay(self, alice, network, capsys):
        linkedin = SocialNetwork.objects.get(pk=alice.claim("linkedin", "maya"))
        for row in (network, linkedin):
            read(row, 1, 2, 3, every=366)
        assert self.prune(capsys) == "2 deleted: 2 of linkedin."
        assert len(FollowerReading.objects.of(network, since=timezone.now().date() - timedelta(days=9999))) == 3
        assert self.prune(capsys) == "0 deleted."

    def test_others_by_setting(self, network, capsys, settings):
        settings.HISTORY_DAYS = 10
        read(network, *range(20))
        assert self.prune(capsys) == "10 deleted: 10 of twitter."
        assert FollowerReading.objects.count() == 10
