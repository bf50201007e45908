"""How many calls we may make to a provider: a rate and a pause in Redis, and a daily quota in the database.

The rate is a token bucket with room for a tenth of its window: even after an outage, or after Redis lost everything,
no window sees more than 1.2 of the budget. While Redis is away each process goes on at a tenth of the rate.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import redis
import structlog
from django.conf import settings

from connect.network_table import Network
from social_auth.budgets.models import NetworkPause, ProviderDay
from social_auth.budgets.shared_rate import Bucket
from social_auth.wire.limits import MAX_WAIT, requested_wait, used_up
from social_auth.wire.outcomes import HeldBack, OutOfCredit

BURST = 0.1
"""The share of a window's calls that may be saved up."""
WITHOUT_REDIS = 0.1
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Budget:
    """So many calls in so many seconds, and units in a day of the provider's clock (None: no such limit)."""

    calls: int
    seconds: int
    daily_units: int | None = None
    unit: str = "calls"
    zone: str = "UTC"

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds

    @property
    def room(self) -> float:
        return max(self.calls * BURST, 1.0)

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone)).date()

    def seconds_left(self, now: datetime) -> int:
        """Seconds to the end of the provider's day, and a minute more."""
        midnight = datetime.combine(self.today(now) + timedelta(days=1), time(0, 1), ZoneInfo(self.zone))
        return math.ceil((midnight - now).total_seconds())


def take(network: str, *, calls: int, units: int, now: datetime) -> datetime:
    """Take calls and units out of the network's budget, all or none; raises HeldBack or OutOfCredit.

    Returns the time by the shared clock: a refund must go to its day.
    """
    budget = budget_of(network)
    wait, moment = _take(network, budget, calls, now)
    if wait > 0:
        raise HeldBack("our own budget", retry_after=max(math.ceil(wait), 1))
    if not _spend(budget, network, units, moment):
        _give_back(network, budget, calls, now)
        raise OutOfCredit("our own daily budget", retry_after=budget.seconds_left(moment))
    return moment


def _spend(budget: Budget, network: str, units: int, now: datetime) -> bool:
    if budget.daily_units is None or not units:
        return True
    return ProviderDay.objects.spend(network, budget.today(now), units=units, most=budget.daily_units)


def charge(network: str, units: int, now: datetime) -> None:
    """Count units that were used for a creator who waits: without a limit, so that fewer are left for readings."""
    budget = budget_of(network)
    if units and budget.daily_units is not None:
        ProviderDay.objects.spend(network, budget.today(now), units=units, most=None)


def refund(network: str, units: int, moment: datetime) -> None:
    """Give back units that the provider did not charge, to the day of `moment`, when they were taken."""
    charge(network, -units, moment)


def available(network: str, now: datetime, *, ahead: timedelta, free: bool = False) -> int:
    """About how many calls may be made within the time ahead; 0 while the provider is parked.

    `free` calls take no units of the day, and go on when those are used up.
    """
    budget = budget_of(network)
    tokens, parked = _look(network, now)
    left = tokens + budget.rate * ahead.total_seconds()
    rests = parked > 0 or (not free and units_left(network, now) == 0)
    return 0 if rests else max(math.floor(left), 0)


def units_left(network: str, now: datetime) -> int | None:
    """The day's units that are left; None without such a limit."""
    budget = budget_of(network)
    if budget.daily_units is None:
        return None
    return max(budget.daily_units - ProviderDay.objects.spent(network, budget.today(now)), 0)


def park(network: str, until: datetime, now: datetime) -> None:
    """Let nobody call the provider until then, by the caller's clock. The latest of several ends counts."""
    try:
        _bucket(network).park(max((until - now).total_seconds(), 1.0), now)
    except redis.RedisError as error:
        logger.warning("a parked provider could not be noted", network=network, error=type(error).__name__)


def learn(network: str, headers: Mapping[str, str], now: datetime, *, ours: bool) -> None:
    """Park the provider if an answer says that our app is at its limit; `ours` is a call made with our own keys."""
    if used_up(headers):
        park(network, now + timedelta(seconds=requested_wait(headers, now) or MAX_WAIT), now)
    if ours and headers.get("x-rate-limit-remaining") == "0" and (wait := requested_wait(headers, now)):
        park(network, now + timedelta(seconds=wait), now)


def unpaused(now: datetime) -> list[str]:
    """The networks that ops have not paused."""
    paused = set(NetworkPause.objects.in_force(now).values_list("network", flat=True))
    return [network for network in Network.values if network not in paused]


def room_for_calls(network: str, leased: int, now: datetime, *, most: int, ahead: timedelta) -> int:
    """How many accounts may be claimed, if each takes a call and no units, and at most `most` are under way."""
    return min(most - leased, available(network, now, ahead=ahead, free=True))


def parked_until(network: str, now: datetime) -> datetime | None:
    _, parked = _look(network, now)
    return now + timedelta(seconds=parked) if parked > 0 else None


def budget_of(network: str) -> Budget:
    return Budget(**settings.PROVIDER_BUDGETS[network])


def _bucket(network: str) -> Bucket:
    budget = budget_of(network)
    return Bucket(network, budget.rate, budget.room)


def _take(network: str, budget: Budget, calls: int, now: datetime) -> tuple[float, datetime]:
    """Seconds to wait for the calls, 0 if they were taken; and the time, by our own clock if Redis is away."""
    try:
        return _bucket(network).take(calls, now)
    except redis.RedisError:
        return _local(network).take(budget, calls, now.timestamp()), now


def _give_back(network: str, budget: Budget, calls: int, now: datetime) -> None:
    try:
        _bucket(network).give_back(calls, now)
    except redis.RedisError:
        _local(network).give_back(calls)


def _look(network: str, now: datetime) -> tuple[float, float]:
    """Calls that are saved up, and seconds for which the provider is parked."""
    try:
        return _bucket(network).look(now)
    except redis.RedisError:
        return 1.0, 0.0


class LocalBucket:
    """The bucket of one process while Redis is away: the same rules at a tenth of the rate."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens, self._at = 1.0, 0.0

    def take(self, budget: Budget, calls: int, now: float) -> float:
        rate, room = budget.rate * WITHOUT_REDIS, max(budget.room * WITHOUT_REDIS, 1.0)
        with self._lock:
            tokens = min(room, self._tokens + max(0.0, now - (self._at or now)) * rate)
            need = min(calls, room)
            wait = max(need - tokens, 0.0) / rate
            self._tokens, self._at = tokens - (0 if wait else calls), now  # a refusal keeps what was saved up by then
            return wait

    def give_back(self, calls: int) -> None:
        with self._lock:
            self._tokens += calls


@cache
def _local(network: str) -> LocalBucket:
    return LocalBucket()
