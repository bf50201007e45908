"""A provider that fails call after call is left alone for a while: callers hear so at once, and do not wait."""

import math
import threading
import time

from django.conf import settings

from social_auth.wire.outcomes import Unavailable

FAILURES = 20
SILENCE = 4
"""A call that waited to its end for nothing counts as so many failures: it has held a worker all that time."""
ACCOUNTS = 5
"""Failures of fewer accounts may be the accounts' own."""


class Breaker:
    """Per provider and process. After its pause one more failure opens it again, one success closes it."""

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
        """Take note of a call; `account` tells the accounts apart, whatever it is. `silent`: there was no answer."""
        with self._lock:
            if not failed:
                return self.reset()
            self._failures += SILENCE if silent else 1
            if len(self._accounts) < ACCOUNTS:
                self._accounts.add(account)
            if self._failures >= FAILURES and len(self._accounts) >= ACCOUNTS:
                self._open_until = time.monotonic() + settings.BREAKER_SECONDS
            return None
