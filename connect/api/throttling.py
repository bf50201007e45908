"""How often a caller may call. One script in Redis counts, so the limits are exact over all threads and processes.

Headers are those of draft-ietf-httpapi-ratelimit-headers. While Redis is away nothing is limited here: calls to
providers have a budget of their own (`social_auth/budgets`), which spends less then.
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
    """So many calls in so many seconds. Used calls come back one by one."""

    name: str
    calls: int
    seconds: int

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.calls};w={self.seconds}'

    def take(self, who: str) -> "Usage | None":
        """Count one call; None while Redis is away. Raises RateLimited."""
        try:
            left, wait = our_redis().eval(TAKE, 1, f"throttle:{self.name}:{who}", self.calls, self.seconds)
        except redis.RedisError as error:
            logger.warning("calls are not counted", error=type(error).__name__)
            UNCOUNTED.labels(self.name).inc()
            return None
        usage = Usage(self, max(int(left), 0), math.ceil(int(wait) / 1000))
        if int(left) < 0:
            raise Throttled(usage)
        return usage


@dataclass(frozen=True)
class Usage:
    limit: Limit
    left: int
    reset: int
    """Seconds until the next call is possible, if none is left; else until all calls are back."""

    @property
    def headers(self) -> dict[str, str]:
        return {"RateLimit-Policy": self.limit.policy, "RateLimit": f'"{self.limit.name}";r={self.left};t={self.reset}'}


class Throttled(RateLimited):
    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        super().__init__(retry_after=max(usage.reset, 1))


def limit_of(name: str) -> Limit | None:
    """The limit of that name; None if limits are switched off."""
    return Limit(name, *settings.THROTTLES[name]) if settings.RATE_LIMITS_ON else None


def client_address(request: HttpRequest) -> str:
    """The caller's address: as the outermost of our own proxies saw it (TRUSTED_PROXY_COUNT), or the peer's."""
    peer, count = str(request.META.get("REMOTE_ADDR", "")), settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")] if count else []
    if count and len(forwarded) >= count and _parsed(forwarded[-count]):
        return plain_address(forwarded[-count])
    return plain_address(peer)


def plain_address(text: str) -> str:
    """The address, with IPv4 mapped into IPv6 (`::ffff:192.0.2.1`) as plain IPv4."""
    address = _parsed(text)
    return str(getattr(address, "ipv4_mapped", None) or address or text)


def address_to_count(address: str) -> str:
    """The address by which a limit counts: for IPv6 its /64 network, as one customer has all of that."""
    parsed = _parsed(address)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed and parsed.version == 6 else address


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
