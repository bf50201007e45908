"""What an outage repeats: a line a second of it tells as much as thirty, and leaves the log to be read."""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
import redis
from django.db.utils import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError

EVERY = 1.0
"""Seconds between two lines about outages, of each process."""
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, redis.RedisError, BrokerError)
LOGGERS = ("psycopg.pool", "connect.redis_client", "celery.worker.consumer", "celery.beat", "kombu")
"""Whose warnings are about what is away."""
EVENTS = ("database unavailable", "nobody can tell whether all processes know the key that seals")
UNAVAILABLE = 503


class OutageLines(logging.Filter):
    """Lets one line a second through of those that an outage makes; the next says how many were left out."""

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
            left_out, self._left_out, self._next = self._left_out, 0, now + EVERY
        _say(record, left_out)
        return True


def is_of_an_outage(record: logging.LogRecord) -> bool:
    """Whether the line is there because the database, Redis or a provider is away."""
    told = record.msg if isinstance(record.msg, dict) else {}
    exception = record.exc_info or told.get("exc_info")
    if isinstance(exception, tuple) and isinstance(exception[1], AWAY):
        return True
    if told.get("event") in EVENTS or (told.get("event") == "request" and told.get("status") == UNAVAILABLE):
        return True
    if getattr(record, "status_code", None) == UNAVAILABLE:  # Django's own word about the same answer
        return True
    return record.levelno >= logging.WARNING and record.name.startswith(LOGGERS)


def _say(record: logging.LogRecord, left_out: int) -> None:
    """Drivers tell their stories in many lines: it becomes one, with the number of those that were left out."""
    if isinstance(record.msg, dict):
        record.msg = record.msg | ({"left_out": left_out} if left_out else {})
    else:
        also = f" ({left_out} lines about what is away were left out)" if left_out else ""
        record.msg, record.args = " ".join(record.getMessage().split()) + also, ()
