"""Our own Redis, which may be away: whoever asks it gets an answer or an error within a moment, whatever it does.

Once it did not answer in time, this process leaves it alone for a few seconds, and then lets
one caller try: so a Redis that hangs costs a process one time-out in a while, and not one for every call.
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

ANSWERS_WITHIN = 0.5
"""Seconds for connecting, and for each answer."""
LEFT_ALONE = 3.0
"""Seconds; longer than an attempt can take."""
SILENCE = (redis.ConnectionError, redis.TimeoutError)
logger = structlog.get_logger(__name__)


class LeftAlone(redis.ConnectionError):
    """Redis did not answer a moment ago, and is not asked now."""


class Breaker:
    """Remembers for the threads of a process that Redis is silent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def check(self) -> None:
        """Raises LeftAlone, unless Redis may be asked; who asks after a silence is the only one for that long."""
        if not self._silent_until:
            return
        with self._lock:
            if time.monotonic() < self._silent_until:
                raise LeftAlone("Redis is left alone for a moment, as it did not answer")
            self._silent_until = time.monotonic() + LEFT_ALONE

    def failed(self, error: redis.RedisError) -> None:
        if not self._silent_until:
            logger.warning("Redis does not answer", error=type(error).__name__)
        self._silent_until = time.monotonic() + LEFT_ALONE

    def answered(self) -> None:
        self._silent_until = 0.0


class GuardedRedis(redis.Redis):
    """Asks through a breaker. What it raises for a Redis that is away is a redis.RedisError, as ever."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.breaker = Breaker()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.breaker.check()
        return self._asked(*args, **options)

    def set_at_any_rate(self, key: str, value: Any, *, ex: int) -> None:
        """Write what must not be lost, even to a Redis that others leave alone: it may be back by now."""
        self._asked("SET", key, value, "EX", ex)

    def run_at_any_rate(self, script: str, key: str, *arguments: Any) -> None:
        """Likewise, by a script."""
        self._asked("EVAL", script, 1, key, *arguments)

    def _asked(self, *args: Any, **options: Any) -> Any:
        try:
            answer = super().execute_command(*args, **options)
        except SILENCE as error:
            self.breaker.failed(error)
            raise
        except redis.ReadOnlyError:
            self.connection_pool.disconnect()  # it was a master: its name may lead to another by now
            raise
        self.breaker.answered()
        return answer


def our_redis() -> GuardedRedis:
    """The client of this process, whose answers are texts and numbers; raises redis.RedisError when it is asked."""
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
        "socket_timeout": ANSWERS_WITHIN,
        "socket_connect_timeout": ANSWERS_WITHIN,
        # a connection that was closed is made anew once, and one that hangs is not
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        "decode_responses": True,
    }
