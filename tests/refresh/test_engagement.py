"""Engagement: computed from recent posts by a named formula, once a week, never mistaken for what somebody typed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from connect.moderation.workflow import Status
from networks.models import SocialNetwork
from social_auth.budgets.models import ProviderDay
from social_auth.credentials.models import Credential
from social_auth.demo.factories import NetworkPauseFactory
from social_auth.providers.adapters import adapter_for
from social_auth.providers.posts import Post, erf_1
from social_auth.refresh import engagement
from social_auth.refresh.models import Engagement
from social_auth.refresh.tasks import plan_engagement
from social_auth.sandbox.traits import set_traits
from tests.refresh.test_refresh import run_due
from tests.support.due import due, room_for

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
POSTS = ("instagram", "tiktok", "youtube")


@pytest.fixture(autouse=True)
def amended(settings):
    """YouTube lets rates be computed by its accepted amendment only."""
    settings.CONNECT_AGREEMENTS = frozenset({"youtube"})


def a_post(days=5, likes=30, comments=5, shares=None):
    return Post(NOW - timedelta(days=days), likes, comments, shares)


class TestFormula:
    def test_the_mean_of_what_was_done_in_percent_of_the_followers(self):
        posts = [a_post(2, 30, 5), a_post(3, 60, 10, 3), a_post(4, 0, 0)]
        assert erf_1(posts, 1000, NOW) == round(100 * 108 / 3 / 1000, 2) == 3.6

    def test_only_the_newest_twelve_between_a_day_and_ninety(self):
        counted = [a_post(2 + n, 10, 0) for n in range(12)]
        left_out = [a_post(0, 999), a_post(91, 999), a_post(40, 999), Post(None, 999, 0), a_post(3, None)]
        assert erf_1([*left_out, *counted], 1000, NOW) == 1.0

    @pytest.mark.parametrize(("posts", "followers"), [(2, 1000), (0, 1000), (5, 0), (5, None)])
    def test_too_little_to_tell_is_no_number(self, posts, followers):
        assert erf_1([a_post(2 + n) for n in range(posts)], followers, NOW) is None

    def test_hidden_likes_are_no_zero(self):
        assert erf_1([a_post(2, None), a_post(3, None), a_post(4, None)], 1000, NOW) is None

    def test_a_rate_beyond_all_measure_is_none(self):
        assert erf_1([a_post(2, 10**10), a_post(3), a_post(4)], 1, NOW) is None

    def test_a_clock_that_is_ahead(self):
        assert erf_1([a_post(-5), a_post(-6), a_post(-7)], 1000, NOW) is None


def shown(creator):
    [row] = creator.ok("get/networks/", {"view": "full"})["networks"]
    return row["engagement_rate"], row["engagement_source"], row["engagement_as_of"]


@pytest.mark.django_db
class TestComputing:
    @pytest.mark.parametrize("network", POSTS)
    def test_where_posts_can_be_read(self, alice, sandbox, network):
        pk = alice.connected(network)
        assert due(engagement.ENGAGEMENT) == [pk]
        assert engagement.measure(pk) == "computed"
        rate, source, as_of = shown(alice)
        assert 1 < rate < 10
        assert source == "erf-1"
        assert as_of.startswith(timezone.now().strftime("%Y-%m-%d"))
        assert alice.ok("network/status/", {"network_id": pk})["engagement_rate"] == rate
        assert engagement.measure(pk) == "in other hands"
        wait = Engagement.objects.get().due_at - timezone.now()
        assert timedelta(days=6) < wait < timedelta(days=8)

    @pytest.mark.parametrize("network", ["facebook", "twitter", "linkedin", "pinterest"])
    def test_elsewhere_nobody_is_asked(self, alice, sandbox, network):
        alice.connected(network)
        assert due(engagement.ENGAGEMENT) == []

    def test_the_task_does_it(self, alice, sandbox, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        from config.celery import app

        app.conf.task_always_eager = True
        try:
            alice.connected("instagram")
            plan_engagement()
        finally:
            app.conf.task_always_eager = False
        assert shown(alice)[1] == "erf-1"

    @pytest.mark.parametrize("state", ["5xx", "garbage", "throttled", "expired"])
    def test_a_provider_that_does_not_answer_changes_nothing(self, alice, sandbox, state):
        pk = alice.connected("instagram")
        SocialNetwork.objects.update(engagement_rate=2.5, engagement_source="erf-1")
        set_traits("instagram", "maya", state=state)
        assert engagement.measure(pk) == "not known"
        row = SocialNetwork.objects.get()
        assert (row.engagement_rate, row.health, row.status) == (2.5, "healthy", "accepted")
        assert Engagement.objects.get().due_at > timezone.now() + timedelta(hours=5)

    def test_hidden_likes_leave_what_was_known(self, alice, sandbox):
        pk = alice.connected("instagram")
        set_traits("instagram", "maya", state="hidden")
        assert engagement.measure(pk) == "not known"
        assert shown(alice) == (None, "", None)

    def test_a_missing_scope_is_known_without_asking(self, alice, sandbox):
        pk = alice.connected("tiktok")
        Credential.objects.update(scopes=["user.info.basic"])
        sandbox.calls.clear()
        assert engagement.measure(pk) == "not known"
        assert not sandbox.calls

    @pytest.mark.parametrize("answer", [{}, {"data": 3}, {"data": [3, None, {"timestamp": 5, "like_count": "x"}]}])
    def test_nonsense(self, alice, sandbox, monkeypatch, answer):
        pk = alice.connected("instagram")
        monkeypatch.setattr(adapter_for("instagram"), "call", lambda *_, **__: answer)
        assert engagement.measure(pk) == "not known"

    @pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DISCONNECTED])
    def test_who_ended_meanwhile_is_left_alone(self, alice, sandbox, monkeypatch, status):
        pk = alice.connected("instagram")
        read = adapter_for("instagram").recent_posts

        def meanwhile(subject):
            SocialNetwork.objects.update(status=status)
            return read(subject)

        monkeypatch.setattr(adapter_for("instagram"), "recent_posts", meanwhile)
        assert engagement.measure(pk) == "overtaken"
        assert SocialNetwork.objects.get().engagement_rate is None


@pytest.mark.django_db
class TestBudget:
    def units(self, settings, number):
        budget = settings.PROVIDER_BUDGETS["youtube"] | {"daily_units": number}
        settings.PROVIDER_BUDGETS = {**settings.PROVIDER_BUDGETS, "youtube": budget}

    def test_half_of_the_day_is_kept_for_followers(self, alice, sandbox, settings):
        pks = [alice.connected("youtube", name) for name in ("maya", "leo", "ann")]
        ProviderDay.objects.all().delete()  # what connecting took
        self.units(settings, 10)
        assert room_for(engagement.ENGAGEMENT)["youtube"] == 2  # two units each of the half of ten
        assert [engagement.measure(pk) for pk in pks] == ["computed", "computed", "not known"]
        assert ProviderDay.objects.get(network="youtube").units == 4
        SocialNetwork.objects.update(next_refresh_at=timezone.now(), followers=None)
        assert run_due() == [{"refreshed": 3}]

    def test_an_outage_costs_nothing(self, alice, sandbox, settings):
        pk = alice.connected("youtube")
        self.units(settings, 100)
        set_traits("youtube", "*", state="5xx")
        assert engagement.measure(pk) == "not known"
        assert ProviderDay.objects.get(network="youtube").units == 1  # of connecting

    def test_who_has_no_followers_is_not_asked_about(self, alice, sandbox):
        pk = alice.connected("instagram")
        SocialNetwork.objects.update(followers=None)
        sandbox.calls.clear()
        assert engagement.measure(pk) == "not known"
        assert not sandbox.calls

    def test_a_channel_without_uploads_waits_for_a_week(self, alice, sandbox):
        pk = alice.connected("youtube", "newbie")
        assert engagement.measure(pk) == "not known"
        assert Engagement.objects.get().due_at > timezone.now() + timedelta(days=6)

    def test_a_paused_network_rests(self, alice, sandbox):
        alice.connected("instagram")
        NetworkPauseFactory(network="instagram")
        assert due(engagement.ENGAGEMENT) == []


@pytest.mark.django_db
class TestTyped:
    def test_what_the_creator_types_is_marked_as_such(self, alice):
        pk = alice.claim()
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": {"engagement_rate": 3.5}})
        assert shown(alice) == (3.5, "claimed", None)
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": {"engagement_rate": None}})
        assert shown(alice) == (None, "", None)

    def test_nor_does_what_was_computed_outlive_its_proof(self, alice, sandbox):
        pk = alice.connected("instagram")
        engagement.measure(pk)
        alice.ok("network/disconnect/", {"network_id": pk})
        alice.claim("instagram", "maya")
        rows = alice.ok("get/networks/", {"view": "full", "status": "pending"})["networks"]
        body = {"network_id": rows[0]["id"], "extra_data": {"engagement_rate": 7}}
        alice.ok("action/network-extra/update/", body)
        [row] = alice.ok("get/networks/", {"view": "full", "status": "pending"})["networks"]
        assert (row["engagement_rate"], row["engagement_source"]) == (7, "claimed")

    def test_it_does_not_pass_for_what_was_computed(self, alice, sandbox):
        pk = alice.connected("instagram")
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": {"engagement_rate": 99}})
        assert shown(alice)[:2] == (99, "claimed")
        engagement.measure(pk)
        computed = shown(alice)
        assert computed[1] == "erf-1"
        body = {"network_id": pk, "extra_data": {"bio": "x", "engagement_rate": 98}}
        assert alice.refused("action/network-extra/update/", body)[1]["field"] == "extra_data.engagement_rate"
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": {"engagement_rate": None}})
        assert shown(alice) == computed
        assert "engagement_rate" not in SocialNetwork.objects.get().extra_data
