"""A provider's rate and pause in Redis, shared by all processes, by the clock of Redis.

By the hosts' clocks, one that is a day ahead would move the bucket to tomorrow, and nobody could call until then.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connect.redis_client import our_redis

CLOCK = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call("TIME")
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local function text(number) return string.format("%.6f", number) end
local function until_parked(key) return tonumber(redis.call("GET", key) or "0") end
local function saved_up(key, rate, room)
  local known = redis.call("HMGET", key, "tokens", "at")
  local at = tonumber(known[2] or now)
  if at > now then
    at = now
    redis.call("HSET", key, "at", text(now))
  end
  return math.min(room, tonumber(known[1] or room) + (now - at) * rate)
end
local function keep(key, tokens)
  redis.call("HSET", key, "tokens", text(tokens), "at", text(now))
  redis.call("EXPIRE", key, 86400)
end
"""
TAKE = f"""{CLOCK}
local rate, room, calls = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local parked = until_parked(KEYS[2])
if parked > now then return {{text(parked - now), text(now)}} end
local tokens = saved_up(KEYS[1], rate, room)
local need = math.min(calls, room)
if tokens < need then return {{text((need - tokens) / rate), text(now)}} end
keep(KEYS[1], tokens - calls)
return {{"0", text(now)}}
"""
GIVE_BACK = f"""{CLOCK}
local rate, room, calls = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
keep(KEYS[1], math.min(room, saved_up(KEYS[1], rate, room) + calls))
"""
LOOK = f"""{CLOCK}
return {{text(saved_up(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]))), text(until_parked(KEYS[2]) - now)}}
"""
MOMENT = f"""{CLOCK}
return text(now)
"""
PARK = f"""{CLOCK}
local seconds = tonumber(ARGV[2])
if now + seconds > until_parked(KEYS[1]) then
  redis.call("SET", KEYS[1], text(now + seconds), "PX", math.ceil(seconds * 1000))
end
"""


@dataclass(frozen=True)
class Bucket:
    """A token bucket: calls come back at a rate a second, up to `room`. All methods raise redis.RedisError."""

    network: str
    rate: float
    room: float

    def take(self, calls: int, now: datetime) -> tuple[float, datetime]:
        """Take the calls. Returns the seconds to wait for them, 0 if they were taken, and the time by Redis's clock."""
        wait, moment = _run(TAKE, self._keys, clock_argument(now), self.rate, self.room, calls)
        return float(wait), datetime.fromtimestamp(float(moment), UTC)

    def give_back(self, calls: int, now: datetime) -> None:
        _run(GIVE_BACK, self._keys, clock_argument(now), self.rate, self.room, calls)

    def look(self, now: datetime) -> tuple[float, float]:
        """How many calls are saved up, and for how many seconds the provider is parked (0 or less: it is not)."""
        tokens, parked = _run(LOOK, self._keys, clock_argument(now), self.rate, self.room)
        return float(tokens), float(parked)

    def park(self, seconds: float, now: datetime) -> None:
        """Let nobody call the provider for so long; a longer pause that is there already stays."""
        _run(PARK, self._keys[1:], clock_argument(now), seconds)

    @property
    def _keys(self) -> list[str]:
        return [f"budget:{self.network}", f"budget:{self.network}:parked"]


def moment(now: datetime) -> float:
    """The time by the clock of Redis, in seconds; raises redis.RedisError."""
    return float(_run(MOMENT, [], clock_argument(now)))


def clock_argument(now: datetime) -> str:
    """A time to use in place of Redis's clock; empty, except in tests, which replace this function."""
    return ""


def _run(script: str, keys: list[str], *arguments: Any) -> Any:
    return our_redis().register_script(script)(keys=keys, args=arguments)
