"""How often a caller may call: exact under any number of threads and processes, as one script in Redis counts.

Headers are those of draft-ietf-httpapi-ratelimit-headers. While Redis is away nobody is held up: what costs money has a
budget of its own, which is careful then.
"""

import ipaddress
import math
from dataclasses import dataclass

import redis
import structlog
from django.conf import settings
from django.http import HttpRequest
from prometheus_client import Counter

from connect.errors import RateLimited
from connect.redis_client import our_redis

TAKE = """
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000
local full = tonumber(redis.call("GET", KEYS[1]) or "0")
if full < now then full = now end
local after = full + window / most
local room = now + window - after
if room < -0.001 then return {-1, math.ceil(-room)} end
redis.call("SET", KEYS[1], string.format("%.6f", after), "PX", math.ceil(after - now) + 1000)
return {math.floor(room * most / window + 0.0001), math.ceil(after - now)}
"""
UNCOUNTED = Counter("connect_calls_uncounted", "Calls that no limit held up, as Redis did not count them", ["limit"])
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """So many calls in so many seconds; they come back one by one."""

    name: str
    most: int
    seconds: int

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.most};w={self.seconds}'

    def take(self, who: str) -> "Taken | None":
        """Count one call; None while Redis is away. Raises RateLimited."""
        try:
            left, wait = our_redis().eval(TAKE, 1, f"throttle:{self.name}:{who}", self.most, self.seconds)
        except redis.RedisError as error:
            logger.warning("calls are not counted", error=type(error).__name__)
            UNCOUNTED.labels(self.name).inc()
            return None
        taken = Taken(self, max(int(left), 0), math.ceil(int(wait) / 1000))
        if int(left) < 0:
            raise Throttled(taken)
        return taken


@dataclass(frozen=True)
class Taken:
    limit: Limit
    left: int
    reset: int
    """Seconds until the next call (if none is left), or until all of them are back."""

    @property
    def headers(self) -> dict[str, str]:
        return {"RateLimit-Policy": self.limit.policy, "RateLimit": f'"{self.limit.name}";r={self.left};t={self.reset}'}


class Throttled(RateLimited):
    def __init__(self, taken: Taken) -> None:
        self.taken = taken
        super().__init__(retry_after=max(taken.reset, 1))


def limit_of(name: str) -> Limit | None:
    """The limit of that name; None where limits are off."""
    return Limit(name, *settings.THROTTLES[name]) if settings.RATE_LIMITS_ON else None


def client_address(request: HttpRequest) -> str:
    """Who calls: the address that the outermost of our own proxies saw (TRUSTED_PROXY_COUNT), or the peer's."""
    peer, count = str(request.META.get("REMOTE_ADDR", "")), settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")] if count else []
    if count and len(told) >= count and _parsed(told[-count]):
        return plain_address(told[-count])
    return plain_address(peer)


def plain_address(text: str) -> str:
    """As it is, but for IPv4 that a listener on both families wrote as IPv6 (`::ffff:192.0.2.1`)."""
    address = _parsed(text)
    return str(getattr(address, "ipv4_mapped", None) or address or text)


def counted_as(address: str) -> str:
    """What a limit by address counts: of IPv6 the /64, which one customer has as a whole."""
    parsed = _parsed(address)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed and parsed.version == 6 else address


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
