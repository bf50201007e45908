"""What may be asked of a provider: at most 1.2 of the budget in any window; words are obeyed, lies are clamped."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from connect import redis_client
from connect.redis_client import our_redis
from networks.models import SocialNetwork
from social_auth.assets import discovery
from social_auth.budgets import cadence, shared_rate, spending
from social_auth.budgets.models import ProviderDay
from social_auth.demo.factories import NetworkPauseFactory
from social_auth.providers.adapters import adapter_for
from social_auth.refresh import batches, planning
from social_auth.sandbox.tokens import mint
from social_auth.sandbox.traits import set_traits
from social_auth.wire.limits import MAX_WAIT, requested_wait, used_up
from social_auth.wire.outcomes import OutOfCredit, RateLimited
from tests.support.api import alone, posted

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 1, 12, tzinfo=UTC)


def in_a_window(seconds):
    """How X spells that moment."""
    return str(int(START.timestamp()) + seconds)


def http_date(seconds):
    return format_datetime(START + timedelta(seconds=seconds), usegmt=True)


@pytest.fixture
def budget(settings):
    def give(network="tiktok", calls=100, seconds=100, **more):
        settings.PROVIDER_BUDGETS = settings.PROVIDER_BUDGETS | {network: {"calls": calls, "seconds": seconds, **more}}

    give()
    return give


def taken(network, now, calls=1, units=0):
    try:
        spending.take(network, calls=calls, units=units, now=now)
    except (RateLimited, OutOfCredit):
        return False
    return True


def granted(seconds, step=0.25):
    """When a greedy worker got a call during so many seconds."""
    moments = [number * step for number in range(int(seconds / step))]
    return [moment for moment in moments if taken("tiktok", START + timedelta(seconds=moment))]


def most_in_a_window(moments, window=100):
    return max(sum(start <= moment < start + window for moment in moments) for start in moments)


class TestRate:
    def test_no_window_sees_more_than_its_calls_and_a_tenth(self, budget):
        moments = granted(300)
        assert most_in_a_window(moments) <= 111
        assert len(moments) >= 300  # and nothing is wasted

    def test_after_an_outage_the_ramp_stays_below_1_2(self, budget):
        before = [moment for moment in granted(100) if moment < 50]
        after = [100 + moment for moment in granted(1)]
        redis_client._client.cache_clear()
        moments = before + after + [
            moment for moment in (100 + number * 0.25 for number in range(4, 400))
            if taken("tiktok", START + timedelta(seconds=moment))
        ]  # fmt: skip
        assert most_in_a_window(moments) <= 120

    def test_redis_emptied_in_between(self, budget):

        moments = []
        for number in range(400):
            if number == 200:
                our_redis().flushdb()
            if taken("tiktok", START + timedelta(seconds=number * 0.25)):
                moments.append(number * 0.25)
        assert most_in_a_window(moments) <= 121

    def test_without_redis_it_is_a_tenth_not_nothing(self, budget, settings):
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        assert 8 <= len(granted(100)) <= 12

    def test_without_redis_what_begins_with_many_calls_is_let_through_in_the_end(self, budget, settings):
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        budget("tiktok", calls=1000, seconds=100)
        assert [taken("tiktok", START + timedelta(seconds=number), calls=5) for number in range(8)].count(True) >= 1

    @pytest.mark.django_db(transaction=True)
    def test_many_workers_share_it(self, budget):
        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(alone(lambda _: taken("tiktok", START)), range(200)))
        assert sum(results) == 10

    def test_a_call_that_counts_for_more_than_there_ever_is(self, budget):
        assert taken("tiktok", START, calls=50)
        assert not taken("tiktok", START + timedelta(seconds=39))
        assert taken("tiktok", START + timedelta(seconds=42))

    def test_it_says_when(self, budget):
        granted(1, step=0.01)
        with pytest.raises(RateLimited) as refusal:
            spending.take("tiktok", calls=1, units=0, now=START)
        assert 1 <= refusal.value.retry_after <= 2

    def test_clocks_that_go_back(self, budget):
        granted(20)
        assert not taken("tiktok", START - timedelta(hours=1))


class TestDays:
    def test_youtubes_day_ends_at_midnight_pacific(self, budget):
        budget("youtube", daily_units=3, zone="America/Los_Angeles", calls=1000)
        evening = datetime(2027, 3, 2, 6, 0, tzinfo=UTC)  # 22:00 on the 1st there
        assert [taken("youtube", evening, units=1) for _ in range(4)] == [True, True, True, False]
        with pytest.raises(OutOfCredit) as refusal:
            spending.take("youtube", calls=1, units=1, now=evening)
        assert refusal.value.retry_after == 2 * 3600 + 60
        assert taken("youtube", evening + timedelta(seconds=refusal.value.retry_after), units=1)
        assert ProviderDay.objects.filter(network="youtube").count() == 2

    def test_xs_money_is_counted_by_the_account_and_survives_redis(self, budget, alice, sandbox, settings):
        settings.CONNECT_MAX_NETWORKS = 100
        budget("twitter", calls=1000, daily_units=5)
        for number in range(6):
            alice.connected("twitter", f"maya{number}")
        ProviderDay.objects.all().delete()  # what connecting took
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert run() == {"refreshed": 5}
        assert ProviderDay.objects.get(network="twitter").units == 5
        our_redis().flushdb()
        assert run() == {}  # five cents were there, and are spent
        assert SocialNetwork.objects.filter(next_refresh_at__lte=timezone.now()).count() == 1

    def test_what_is_left(self, budget):
        budget("youtube", daily_units=10, calls=1000)
        taken("youtube", START, units=4)
        assert spending.units_left("youtube", START) == 6
        assert spending.units_left("tiktok", START) is None


def run():
    counts = {}
    for batch in planning.REFRESH.claim_due(timezone.now()):
        counts |= batches.refresh_batch(batch.lane, batch.token, batch.ids)
    return counts


class TestWords:
    @pytest.mark.parametrize("state", ["rate_limited", "out_of_credit"])
    def test_a_provider_that_limits_us_is_left_alone_and_only_that_one(self, alice, sandbox, state):
        alice.connected("twitter")
        alice.connected("youtube")
        set_traits("twitter", "*", state=state)
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        run()
        sandbox.calls.clear()
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert {batch.lane for batch in planning.REFRESH.claim_due(timezone.now())} == {"youtube"}
        assert spending.parked_until("twitter", timezone.now())
        assert not spending.parked_until("youtube", timezone.now())

    def test_the_reset_that_x_tells_is_obeyed(self, alice, sandbox):
        alice.connected("twitter")
        set_traits("twitter", "*", state="rate_limited")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        run()
        wait = spending.parked_until("twitter", timezone.now()) - timezone.now()
        assert timedelta(seconds=890) < wait <= timedelta(seconds=901)

    def test_the_last_call_of_our_own_window_parks_ahead(self):
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(START.timestamp()) + 600)}
        spending.learn("twitter", headers, START, ours=False)
        assert spending.parked_until("twitter", START) is None  # that was some user's own limit
        spending.learn("twitter", headers, START, ours=True)
        assert spending.parked_until("twitter", START) == START + timedelta(seconds=600)

    def test_metas_usage_parks_before_it_refuses(self):
        spending.learn("facebook", {"x-app-usage": '{"call_count":94,"total_time":10}'}, START, ours=False)
        assert spending.parked_until("facebook", START) is None
        spending.learn("facebook", {"x-app-usage": '{"call_count":10,"total_time":96}'}, START, ours=False)
        assert spending.parked_until("facebook", START) == START + timedelta(seconds=600)

    def test_an_earlier_word_does_not_shorten_a_later_one(self):
        spending.park("tiktok", START + timedelta(hours=2), START)
        spending.park("tiktok", START + timedelta(minutes=1), START)
        assert spending.parked_until("tiktok", START) == START + timedelta(hours=2)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "30"}, 30), ({"retry-after": "0"}, 1), ({"retry-after": "-5"}, None),
            ({"retry-after": "99999999999999999999"}, MAX_WAIT), ({"retry-after": "soon"}, None), ({}, None),
            ({"x-rate-limit-reset": str(int(START.timestamp()) + 42)}, 42), ({"x-rate-limit-reset": "0"}, 1),
            ({"x-rate-limit-reset": "9" * 30}, 900),
            ({"x-rate-limit-reset": in_a_window(120), "date": http_date(0)}, 120),
            ({"x-rate-limit-reset": in_a_window(420), "date": http_date(300)}, 120),  # our clock is behind theirs
            ({"x-rate-limit-reset": in_a_window(-180), "date": http_date(-300)}, 120),  # ahead of it
            ({"x-rate-limit-reset": in_a_window(900), "date": http_date(-86_400)}, 900),
            ({"x-rate-limit-reset": in_a_window(60), "date": "x"}, 60), ({"x-rate-limit-reset": "-1"}, None),
            ({"x-rate-limit-reset": in_a_window(60), "date": "Sun, 99 Nov 1994 08:49:37 GMT"}, 60),
            ({"x-rate-limit-reset": in_a_window(60), "date": "Sun, 06 Nov 1994 08:49:37 -0000"}, 60),
            ({"retry-after": http_date(330), "date": http_date(300)}, 30), ({"retry-after": http_date(30)}, None),
            ({"retry-after": http_date(1), "date": http_date(300)}, 1),
            ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 7}]}'}, 420),
            ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 0}]}'}, None),
            ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": "7"}]}'}, None),
            ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 1e300}]}'}, None),
            ({"x-business-use-case-usage": "[" * 5000}, None), ({"x-business-use-case-usage": '{"1": 5}'}, None),
        ],
    )  # fmt: skip
    def test_hostile_values_are_clamped_or_ignored(self, headers, seconds):
        assert requested_wait(headers, START) == seconds

    @pytest.mark.parametrize(
        "text", ["", "x", "[]", '{"call_count": "99"}', '{"call_count": -1}', '{"call_count": 1e99}', "null"]
    )
    def test_senseless_usage(self, text):
        assert not used_up({"x-app-usage": text})


class TestHoldingBack:
    """Our own refusal is no provider's word: nobody is parked, blamed or pushed to the back for it."""

    def test_a_row_that_was_held_back_keeps_its_place(self, alice, sandbox, budget):
        pk = alice.connected("tiktok")
        due = timezone.now() - timedelta(hours=3)
        SocialNetwork.objects.update(next_refresh_at=due)
        [batch] = planning.REFRESH.claim_due(timezone.now())
        budget(calls=1, seconds=3600)
        taken("tiktok", timezone.now())
        assert batches.refresh_batch(batch.lane, batch.token, batch.ids) == {"postponed": 1}
        row = SocialNetwork.objects.get(pk=pk)
        assert (row.next_refresh_at, row.claimed_at, row.lease_until) == (due, row.read_at, None)
        assert spending.parked_until("tiktok", timezone.now()) is None
        assert sum(batches.storms.ProviderMinute.objects.values_list("calls", flat=True)) == 0

    @pytest.mark.parametrize("state", ["5xx", "garbage"])
    def test_an_outage_costs_no_units(self, alice, sandbox, state):
        alice.connected("twitter")
        ProviderDay.objects.all().delete()  # what connecting took
        set_traits("twitter", "*", state=state)
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert run() == {"postponed": 1}
        assert not ProviderDay.objects.filter(units__gt=0).exists()

    def test_one_accounts_own_limit_does_not_park_the_others(self, alice, sandbox):
        alice.connected("tiktok", "maya")
        alice.connected("tiktok", "leo")
        set_traits("tiktok", "maya", state="rate_limited")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        [batch] = planning.REFRESH.claim_due(timezone.now())
        assert batches.refresh_batch(*vars(batch).values()) == {"postponed": 1, "refreshed": 1}
        assert spending.parked_until("tiktok", timezone.now()) is None

    def test_nor_do_two_accounts_own_limits(self, alice, sandbox):
        for name in ("maya", "leo"):
            alice.connected("instagram", name)
        set_traits("instagram", "*", state="rate_limited")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert run() == {"postponed": 2}
        assert spending.parked_until("instagram", timezone.now()) is None

    def test_a_day_that_is_used_up_is_not_planned_for(self, alice, sandbox, budget):
        alice.connected("twitter")
        budget("twitter", calls=1000, daily_units=0)
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert not list(planning.REFRESH.claim_due(timezone.now()))


class TestCommand:
    def test_it_goes_no_faster_than_the_budget(self, alice, sandbox, budget, settings, capsys):
        settings.CONNECT_MAX_NETWORKS = 100
        budget(calls=600, seconds=60)  # ten a second, sixty saved up
        for number in range(12):
            alice.connected("tiktok", f"m{number}")
        taken("tiktok", timezone.now(), calls=60)
        call_command("refresh_followers", "--stale-hours", "0")
        assert "12 refreshed" in capsys.readouterr().out

    def test_a_provider_that_rests_is_left_alone(self, alice, sandbox, capsys):
        alice.connected("tiktok")
        alice.connected("youtube")
        spending.park("tiktok", timezone.now() + timedelta(hours=1), timezone.now())
        call_command("refresh_followers", "--stale-hours", "0")
        told = capsys.readouterr()
        assert "1 networks: 1 refreshed" in told.out
        assert "tiktok is left alone until" in told.err


class TestPlanner:
    def test_no_more_is_claimed_than_the_budget_serves(self, alice, sandbox, budget, settings):
        settings.CONNECT_MAX_NETWORKS = 100
        budget(calls=60, seconds=600)  # six saved up, and one and a half until the next round
        for number in range(20):
            alice.connected("tiktok", f"m{number}")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert [len(batch.ids) for batch in planning.REFRESH.claim_due(timezone.now())] == [7]

    def test_a_paused_network_rests(self, alice, sandbox):
        alice.connected("tiktok")
        alice.connected("youtube")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        NetworkPauseFactory(network="tiktok", until=timezone.now() + timedelta(hours=1))
        NetworkPauseFactory(network="youtube", until=timezone.now() - timedelta(hours=1))
        assert {batch.lane for batch in planning.REFRESH.claim_due(timezone.now())} == {"youtube"}

    def test_facebook_counts_each_account_of_a_batch(self):
        assert adapter_for("facebook").cost(50) == (50, 50)
        assert adapter_for("twitter").cost(100) == (1, 100)
        assert adapter_for("youtube").cost(50) == (1, 1)
        assert adapter_for("tiktok").cost(1) == (1, 1)


class TestCadence:
    @pytest.mark.parametrize(
        ("count", "change", "hours"),
        [(500, None, 24), (500, 0.0, 48), (500, 0.02, 12), (500, 0.2, 6), (200_000, 0.0, 12), (5_000_000, 0.0, 6)],
    )
    def test_large_and_moving_ones_more_often(self, count, change, hours):
        waits = [cadence.next_refresh("tiktok", START, count=count, change=change) - START for _ in range(200)]
        assert timedelta(hours=hours * 0.9) <= min(waits) < max(waits) <= timedelta(hours=hours)

    def test_no_second_is_special(self):
        seconds = {cadence.next_refresh("tiktok", START).replace(microsecond=0) for _ in range(500)}
        assert len(seconds) > 400

    def test_x_on_another_utc_day(self):
        for hour in range(24):
            now = START.replace(hour=hour)
            assert all(
                cadence.next_refresh("twitter", now, count=9_000_000, change=0.5).date() > now.date() for _ in range(50)
            )

    @pytest.mark.parametrize(
        ("old", "new", "days", "change"),
        [
            (100, 110, 1, 0.1),
            (100, 90, 1, 0.1),
            (100, 110, 10, 0.01),
            (0, 5, 1, 5),
            (None, 5, 1, None),
            (5, None, 1, None),
        ],
    )
    def test_daily_change(self, old, new, days, change):
        assert cadence.daily_change(old, new, timedelta(days=days)) == (change and pytest.approx(change))


class TestOneClock:
    """The rate and the pause go by the clock of Redis: hosts' clocks are wrong at times."""

    @pytest.fixture(autouse=True)
    def _redis_tells_the_time(self, monkeypatch):
        monkeypatch.setattr(shared_rate, "clock_argument", lambda now: "")

    @pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1)])
    def test_a_host_whose_clock_is_a_day_off_holds_nobody_up(self, budget, wrong):
        budget(calls=10, seconds=1)
        assert taken("tiktok", timezone.now() + wrong)
        assert not taken("tiktok", timezone.now() + wrong)  # and it gains nothing either
        assert spending.available("tiktok", timezone.now(), ahead=timedelta(seconds=1)) >= 10
        with pytest.raises(RateLimited) as refusal:
            spending.take("tiktok", calls=1, units=0, now=timezone.now())
        assert refusal.value.retry_after == 1

    def test_what_such_a_host_left_behind_before_is_put_right(self, budget):
        tomorrow = (timezone.now() + timedelta(days=1)).timestamp()
        our_redis().hset("budget:tiktok", mapping={"tokens": 0, "at": tomorrow})
        assert not taken("tiktok", timezone.now())
        assert float(our_redis().hget("budget:tiktok", "at")) < tomorrow - 80_000

    def test_its_day_is_not_spent_either(self, budget):
        budget("twitter", calls=1000, daily_units=5)
        assert taken("twitter", timezone.now() + timedelta(days=1), units=5)
        assert ProviderDay.objects.get().day == timezone.now().date()
        assert not taken("twitter", timezone.now(), units=1)

    def test_a_pause_is_as_long_as_was_said(self, budget):
        ahead = timezone.now() + timedelta(days=1)
        spending.park("tiktok", ahead + timedelta(minutes=10), ahead)
        left = spending.parked_until("tiktok", timezone.now()) - timezone.now()
        assert timedelta(minutes=9) < left <= timedelta(minutes=10)

    def test_no_race_shortens_it(self):
        now = timezone.now()
        waits = [3600, *range(1, 60)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda wait: spending.park("tiktok", now + timedelta(seconds=wait), now), waits * 3))
        assert spending.parked_until("tiktok", now) > now + timedelta(seconds=3590)


class TestAllOrNothing:
    def test_what_is_refused_for_credit_costs_no_call(self, budget):
        budget("twitter", calls=100, seconds=1000, daily_units=1)
        assert taken("twitter", START, units=1)
        for _ in range(20):
            assert not taken("twitter", START, units=1)
        assert [taken("twitter", START) for _ in range(10)] == [True] * 9 + [False]

    def test_nor_without_redis(self, budget, settings):
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        budget("twitter", calls=100, seconds=1000, daily_units=0)
        for _ in range(3):
            with pytest.raises(OutOfCredit):
                spending.take("twitter", calls=1, units=1, now=START)
        assert taken("twitter", START)


def units(network):
    return sum(ProviderDay.objects.filter(network=network).values_list("units", flat=True))


class TestForSomebodyWhoWaits:
    """What connecting, signing in, listing and asking for a ping cost counts for the day, and is never refused."""

    @pytest.mark.parametrize(("network", "cost"), [("twitter", 1), ("youtube", 1), ("linkedin", 2), ("tiktok", 0)])
    def test_connecting_counts(self, alice, sandbox, budget, network, cost):
        if cost:
            budget(network, calls=1000, daily_units=0)
        alice.connected(network)
        assert units(network) == cost

    def test_a_token_that_is_none_costs_nothing(self, alice, sandbox):
        alice.refused("auth/twitter/", {"access_token": "none", "user_id": "1"})
        assert units("twitter") == 0

    def test_somebody_elses_account_was_read_all_the_same(self, alice, sandbox):
        alice.refused("auth/twitter/", {**posted(mint("twitter", "maya")), "user_id": "1"})
        assert units("twitter") == 1

    def test_listing_counts(self, alice, sandbox):
        pk = alice.connected("linkedin")
        before = units("linkedin")
        discovery.discover(pk)
        assert units("linkedin") > before

    def test_so_does_a_ping(self, sandbox, capsys):
        call_command("check_providers")
        assert (units("twitter"), units("youtube"), units("linkedin")) == (1, 1, 1)
