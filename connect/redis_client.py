"""The client of Redis, which may be away: every caller gets an answer or an error within half a second.

If Redis does not answer in time, this process stops calling it for a few seconds and then lets one caller try. So a
Redis that hangs costs a process a time-out every few seconds, and not one for every call.
"""

import threading
import time
from functools import cache
from typing import Any, cast

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from connect.redis_address import read_address

TIMEOUT_SECONDS = 0.5
"""For connecting, and for each answer."""
PAUSE_SECONDS = 3.0
"""Between two attempts while Redis is away; longer than an attempt can take."""
SILENCE = (redis.ConnectionError, redis.TimeoutError)
logger = structlog.get_logger(__name__)


class BreakerOpen(redis.ConnectionError):
    """Redis did not answer a moment ago, and is not called now."""


class Breaker:
    """Remembers, for all threads of a process, that Redis does not answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def check(self) -> None:
        """Raise BreakerOpen while Redis is away. After each pause, one caller is let through."""
        if not self._silent_until:
            return
        with self._lock:
            if time.monotonic() < self._silent_until:
                raise BreakerOpen("Redis is left alone for a moment, as it did not answer")
            self._silent_until = time.monotonic() + PAUSE_SECONDS

    def failed(self, error: redis.RedisError) -> None:
        if not self._silent_until:
            logger.warning("Redis does not answer", error=type(error).__name__)
        self._silent_until = time.monotonic() + PAUSE_SECONDS

    def answered(self) -> None:
        self._silent_until = 0.0


class GuardedRedis(redis.Redis):
    """Calls Redis through a breaker, whose error is a redis.RedisError, too."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.breaker = Breaker()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.breaker.check()
        return self._execute(*args, **options)

    def set_past_breaker(self, key: str, value: Any, *, ex: int) -> None:
        """Write what must not be lost, also while the breaker is open: Redis may be back by now."""
        self._execute("SET", key, value, "EX", ex)

    def run_past_breaker(self, script: str, key: str, *arguments: Any) -> None:
        """Run a script that must not be left out, also while the breaker is open."""
        self._execute("EVAL", script, 1, key, *arguments)

    def _execute(self, *args: Any, **options: Any) -> Any:
        try:
            answer = super().execute_command(*args, **options)
        except SILENCE as error:
            self.breaker.failed(error)
            raise
        except redis.ReadOnlyError:
            self.connection_pool.disconnect()  # the server was demoted: its name may lead to another one by now
            raise
        self.breaker.answered()
        return answer


def our_redis() -> GuardedRedis:
    """The client of this process, which returns text and numbers; its methods raise redis.RedisError."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> GuardedRedis:
    address, patience = read_address(url), _patience()
    if not address.sentinels:
        return cast(GuardedRedis, GuardedRedis.from_url(address.url, **patience))
    sentinel = Sentinel(
        address.sentinels, sentinel_kwargs={**address.sentinel_options, **patience}, **address.options, **patience
    )
    return cast(GuardedRedis, sentinel.master_for(address.master, redis_class=GuardedRedis))


def _patience() -> dict[str, Any]:
    return {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        # retry once on a connection that was closed, and not on one that hangs
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        "decode_responses": True,
    }
