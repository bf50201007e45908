"""Thins out the log during an outage: a line a second tells as much as thirty, and the log stays readable."""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
import redis
from django.db.utils import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError

SECONDS_BETWEEN_LINES = 1.0
"""Of each process."""
OUTAGES = (OperationalError, InterfaceError, psycopg.OperationalError, redis.RedisError, BrokerError)
LOGGERS = ("psycopg.pool", "connect.redis_client", "celery.worker.consumer", "celery.beat", "kombu")
"""Every warning of these is about a server that is away."""
EVENTS = ("database unavailable", "nobody can tell whether all processes know the key that seals")
UNAVAILABLE = 503


class OutageLines(logging.Filter):
    """Lets one line a second about an outage through, which says how many were left out before it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if not is_of_an_outage(record):
            return True
        with self._lock:
            now = self.clock()
            if now < self._next:
                self._left_out += 1
                return False
            left_out, self._left_out, self._next = self._left_out, 0, now + SECONDS_BETWEEN_LINES
        _shorten(record, left_out)
        return True


def is_of_an_outage(record: logging.LogRecord) -> bool:
    """Whether the line was logged because the database, Redis or a provider is away."""
    event = record.msg if isinstance(record.msg, dict) else {}
    exception = record.exc_info or event.get("exc_info")
    if isinstance(exception, tuple) and isinstance(exception[1], OUTAGES):
        return True
    if event.get("event") in EVENTS or (event.get("event") == "request" and event.get("status") == UNAVAILABLE):
        return True
    if getattr(record, "status_code", None) == UNAVAILABLE:  # Django's own line about the same answer
        return True
    return record.levelno >= logging.WARNING and record.name.startswith(LOGGERS)


def _shorten(record: logging.LogRecord, left_out: int) -> None:
    """Put the message on one line, as drivers write several, and add how many lines were left out before it."""
    if isinstance(record.msg, dict):
        record.msg = record.msg | ({"left_out": left_out} if left_out else {})
    else:
        also = f" ({left_out} lines about what is away were left out)" if left_out else ""
        record.msg, record.args = " ".join(record.getMessage().split()) + also, ()
