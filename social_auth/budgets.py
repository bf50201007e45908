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
from typing import Any
from zoneinfo import ZoneInfo

import redis
import structlog
from django.conf import settings

from connect.redis_client import our_redis
from social_auth.limits import MAX_WAIT, told_wait, used_up
from social_auth.models import ProviderDay
from social_auth.outcomes import HeldBack, OutOfCredit

BURST = 0.1
"""How much of a window's calls may be saved up."""
WITHOUT_REDIS = 0.1
TAKE = """
local now, rate, room, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local parked = tonumber(redis.call("GET", KEYS[2]) or "0")
if parked > now then return tostring(parked - now) end
local known = redis.call("HMGET", KEYS[1], "tokens", "at")
local at = tonumber(known[2] or ARGV[1])
local tokens = math.min(room, tonumber(known[1] or ARGV[3]) + math.max(0, now - at) * rate)
local need = math.min(calls, room)
if tokens < need then return tostring((need - tokens) / rate) end
redis.call("HSET", KEYS[1], "tokens", tostring(tokens - calls), "at", tostring(math.max(at, now)))
redis.call("EXPIRE", KEYS[1], 86400)
return "0"
"""
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


def take(network: str, *, calls: int, units: int, now: datetime) -> None:
    """Take calls and units out of the network's budget; raises HeldBack or OutOfCredit, then no units are taken."""
    budget = budget_of(network)
    wait = _wait(network, budget, calls, now)
    if wait > 0:
        raise HeldBack("our own budget", retry_after=max(math.ceil(wait), 1))
    if not _spend(budget, network, units, now):
        raise OutOfCredit("our own daily budget", retry_after=budget.seconds_left(now))


def _spend(budget: Budget, network: str, units: int, now: datetime) -> bool:
    if budget.daily_units is None or not units:
        return True
    return ProviderDay.objects.spend(network, budget.today(now), units=units, most=budget.daily_units)


def refund(network: str, units: int, now: datetime) -> None:
    """Give units back that were not charged."""
    budget = budget_of(network)
    if units and budget.daily_units is not None:
        ProviderDay.objects.spend(network, budget.today(now), units=-units, most=None)


def available(network: str, now: datetime, *, ahead: timedelta, free: bool = False) -> int:
    """About how many calls may be made within the time ahead; 0 while the provider is parked.

    `free`: calls that take no units of the day, and go on when those are used up.
    """
    budget = budget_of(network)
    left = _peek(network, budget, now) + budget.rate * ahead.total_seconds()
    rests = parked_until(network, now) or (not free and units_left(network, now) == 0)
    return 0 if rests else max(math.floor(left), 0)


def units_left(network: str, now: datetime) -> int | None:
    """What is left of the day's units; None if there is no such limit."""
    budget = budget_of(network)
    if budget.daily_units is None:
        return None
    return max(budget.daily_units - ProviderDay.objects.spent(network, budget.today(now)), 0)


def park(network: str, until: datetime, now: datetime) -> None:
    """Let nobody ask the provider before that; a later end wins over an earlier one."""
    until = max(until, now + timedelta(seconds=1))
    try:
        key = f"budget:{network}:parked"
        if until.timestamp() > float(our_redis().get(key) or 0):
            our_redis().set(key, until.timestamp(), ex=math.ceil((until - now).total_seconds()))
    except (redis.RedisError, ValueError) as error:
        logger.warning("a parked provider could not be noted", network=network, error=type(error).__name__)


def learn(network: str, headers: Mapping[str, str], now: datetime, *, ours: bool) -> None:
    """Take note of what an answer says about the limits of our app as a whole; `ours`: asked with our own keys."""
    if used_up(headers):
        park(network, now + timedelta(seconds=told_wait(headers, now) or MAX_WAIT), now)
    if ours and headers.get("x-rate-limit-remaining") == "0" and (wait := told_wait(headers, now)):
        park(network, now + timedelta(seconds=wait), now)


def parked_until(network: str, now: datetime) -> datetime | None:
    try:
        until = float(our_redis().get(f"budget:{network}:parked") or 0)
    except (redis.RedisError, ValueError):
        return None
    return datetime.fromtimestamp(until, now.tzinfo) if until > now.timestamp() else None


def budget_of(network: str) -> Budget:
    return Budget(**settings.PROVIDER_BUDGETS[network])


def _wait(network: str, budget: Budget, calls: int, now: datetime) -> float:
    """Seconds until the calls may be made; 0 if they were taken."""
    keys = [f"budget:{network}", f"budget:{network}:parked"]
    try:
        told = _take_script()(keys=keys, args=[now.timestamp(), budget.rate, budget.room, calls])
        return float(told)
    except redis.RedisError:
        return _local(network).take(budget, calls, now.timestamp())


def _peek(network: str, budget: Budget, now: datetime) -> float:
    try:
        tokens, at = our_redis().hmget(f"budget:{network}", "tokens", "at")
        if tokens is None or at is None:
            return budget.room
        return min(budget.room, float(tokens) + max(0.0, now.timestamp() - float(at)) * budget.rate)
    except (redis.RedisError, ValueError):
        return 1.0


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
            if tokens < need:
                return (need - tokens) / rate
            self._tokens, self._at = tokens - calls, now
            return 0.0


@cache
def _local(network: str) -> LocalBucket:
    return LocalBucket()


def _take_script() -> Any:
    return our_redis().register_script(TAKE)
