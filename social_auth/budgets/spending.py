"""What may be asked of a provider: a rate and a pause shared by all workers in Redis, a daily quota in the database.

A rate is a token bucket with room for a tenth of its window: after an outage, or after Redis lost everything, no window
sees more than 1.2 of the budget. While Redis is away each process goes on at a tenth of the rate.
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
from social_auth.wire.limits import MAX_WAIT, told_wait, used_up
from social_auth.wire.outcomes import HeldBack, OutOfCredit

BURST = 0.1
"""How much of a window's calls may be saved up."""
WITHOUT_REDIS = 0.1
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Budget:
    """So many calls in so many seconds, and so many units in a day of the provider's clock; None is no such limit."""

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
        """How long the day still is, and a minute."""
        midnight = datetime.combine(self.today(now) + timedelta(days=1), time(0, 1), ZoneInfo(self.zone))
        return math.ceil((midnight - now).total_seconds())


def take(network: str, *, calls: int, units: int, now: datetime) -> datetime:
    """Take calls and units out of the network's budget, all or nothing; raises HeldBack or OutOfCredit.

    Returns the moment by the clock that all processes share: units that are given back go to its day.
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
    """Count units of the day that were used for somebody who waits: nobody is refused for them, readings make way."""
    budget = budget_of(network)
    if units and budget.daily_units is not None:
        ProviderDay.objects.spend(network, budget.today(now), units=units, most=None)


def refund(network: str, units: int, moment: datetime) -> None:
    """Give units back that were not charged, to the day of the moment when they were taken."""
    charge(network, -units, moment)


def available(network: str, now: datetime, *, ahead: timedelta, free: bool = False) -> int:
    """About how many calls may be made within the time ahead; 0 while the provider is parked.

    `free`: calls that take no units of the day, and go on when those are used up.
    """
    budget = budget_of(network)
    tokens, parked = _look(network, now)
    left = tokens + budget.rate * ahead.total_seconds()
    rests = parked > 0 or (not free and units_left(network, now) == 0)
    return 0 if rests else max(math.floor(left), 0)


def units_left(network: str, now: datetime) -> int | None:
    """What is left of the day's units; None if there is no such limit."""
    budget = budget_of(network)
    if budget.daily_units is None:
        return None
    return max(budget.daily_units - ProviderDay.objects.spent(network, budget.today(now)), 0)


def park(network: str, until: datetime, now: datetime) -> None:
    """Let nobody ask the provider before that, by the caller's clock; a later end wins over an earlier one."""
    try:
        _bucket(network).park(max((until - now).total_seconds(), 1.0), now)
    except redis.RedisError as error:
        logger.warning("a parked provider could not be noted", network=network, error=type(error).__name__)


def learn(network: str, headers: Mapping[str, str], now: datetime, *, ours: bool) -> None:
    """Take note of what an answer says about the limits of our app as a whole; `ours`: asked with our own keys."""
    if used_up(headers):
        park(network, now + timedelta(seconds=told_wait(headers, now) or MAX_WAIT), now)
    if ours and headers.get("x-rate-limit-remaining") == "0" and (wait := told_wait(headers, now)):
        park(network, now + timedelta(seconds=wait), now)


def unpaused(now: datetime) -> list[str]:
    """The networks whose numbers and posts ops let be read."""
    paused = set(NetworkPause.objects.in_force(now).values_list("network", flat=True))
    return [network for network in Network.values if network not in paused]


def room_for_calls(network: str, leased: int, now: datetime, *, most: int, ahead: timedelta) -> int:
    """How many accounts may be claimed that take a call each and no units of the day: `most` may be under way."""
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
    """Seconds until the calls may be made, 0 if they were taken; and the moment, by our own clock without Redis."""
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
    """Calls that are saved up, and seconds for which the provider is left alone."""
    try:
        return _bucket(network).look(now)
    except redis.RedisError:
        return 1.0, 0.0


class LocalBucket:
    """What a process allows itself while Redis is away: the same rules at a tenth of the rate."""

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
