"""A circuit breaker: a provider that fails call after call is not called for a while, so that nobody waits for it."""

import math
import threading
import time

from django.conf import settings

from social_auth.wire.outcomes import Unavailable

FAILURES = 20
SILENCE = 4
"""A call that timed out counts as so many failures, as it held a worker all that time."""
ACCOUNTS = 5
"""Failures of fewer accounts may be the fault of those accounts."""


class Breaker:
    """One for each provider and process. After a pause, one more failure opens it again, and one success closes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._failures = 0
        self._accounts: set[int] = set()
        self._open_until = 0.0

    def seconds_left(self) -> int:
        """For how long no call is made; 0 while calls are made."""
        return max(math.ceil(self._open_until - time.monotonic()), 0)

    def check(self) -> None:
        if left := self.seconds_left():
            raise Unavailable("left alone after many failures", retry_after=left)

    def record(self, *, failed: bool, account: int, silent: bool = False) -> None:
        """Record the result of a call. `account` is any number that differs by account; `silent` is a time-out."""
        with self._lock:
            if not failed:
                return self.reset()
            self._failures += SILENCE if silent else 1
            if len(self._accounts) < ACCOUNTS:
                self._accounts.add(account)
            if self._failures >= FAILURES and len(self._accounts) >= ACCOUNTS:
                self._open_until = time.monotonic() + settings.BREAKER_SECONDS
            return None
