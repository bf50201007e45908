"""Checks Redis, the processes that announce themselves there, and how long work has been due."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from config.doctor.database import clock
from config.environment import PLANNING_QUEUE
from config.findings import ERROR, OK, WARNING, Finding
from config.metrics import WORKS
from config.postgresql.absence import cause_of
from connect.redis_client import our_redis
from social_auth.credentials.key_holders import holders
from social_auth.refresh.states import network_states

PROCESSES = ("web", "worker", "planner", "beat")
LATE_SECONDS = 3600
"""Work that has been due for longer is reported."""
QUEUE_LIMIT = 1000
"""Messages that may wait in the planners' queue."""


def place() -> str:
    """Where Redis is, without its password."""
    parts = urlsplit(settings.REDIS_URL)
    return (parts.netloc.rpartition("@")[2] + parts.path) or parts.scheme


def look() -> Iterator[Finding]:
    try:
        client: Any = our_redis()
        version = client.info("server")["redis_version"]
        seconds, micros = client.time()
        running = Counter(name.partition("@")[0] for name in holders())
        waiting = client.llen(PLANNING_QUEUE)
    except redis.RedisError as error:
        yield Finding(ERROR, "redis", f"{place()} does not answer: {cause_of(error)}")
        return
    yield Finding(OK, "redis", f"Redis {version} at {place()}")
    yield clock("redis's clock", seconds + micros / 1e6 - time.time())
    for kind in PROCESSES:
        count = running[kind]
        yield (
            Finding(OK, kind, f"{count} heard of") if count else Finding(WARNING, kind, "none was heard of for minutes")
        )
    level, hint = (OK, "") if waiting <= QUEUE_LIMIT else (WARNING, ": no planner takes them")
    yield Finding(level, "planners' queue", f"{waiting} messages{hint}")


def look_at_work() -> Iterator[Finding]:
    """How long the oldest work of each kind has been due; nothing if the database cannot say."""
    now = timezone.now()
    try:
        oldest = {"refresh": max((state["oldest_due_seconds"] or 0 for state in network_states(now)), default=0)}
        for work in WORKS:
            oldest[work.name] = max(
                (work.state(lane, now)["oldest_due_seconds"] or 0 for lane in work.lanes(now)), default=0
            )
    except (DatabaseError, InterfaceError):
        return
    late = {name: age for name, age in oldest.items() if age > LATE_SECONDS}
    for name, age in late.items():
        yield Finding(WARNING, f"work: {name}", f"due for {age / 3600:.1f} hours: does a worker take it?")
    if not late:
        yield Finding(OK, "work", "nothing has been due for an hour")
