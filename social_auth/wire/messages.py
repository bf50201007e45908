"""Handing work to the background: after the commit, by id, as a hint. The database knows what is to be done."""

from typing import Any

import redis
import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from connect.redis_client import our_redis

logger = structlog.get_logger(__name__)


def enqueue(task: Any, *, queue: str, **arguments: Any) -> None:
    """Send the task once the transaction has committed. A broker that is away loses it: a planner finds the work."""
    # robust: the request has succeeded by then, and must not fail for a hint that was lost (Django logs it)
    transaction.on_commit(lambda: _hint(task, queue, arguments), robust=True)


def send(task: Any, *, queue: str, **arguments: Any) -> None:
    """Send the task now; raises redis.RedisError or kombu's OperationalError."""
    check_broker()
    task.apply_async(kwargs=arguments, queue=queue, retry=False)


def check_broker() -> None:
    """Raises redis.RedisError, at once or within a moment, if the broker is away: Celery itself would wait for it."""
    our_redis().ping()


def _hint(task: Any, queue: str, arguments: dict[str, Any]) -> None:
    try:
        send(task, queue=queue, **arguments)
    except (redis.RedisError, OperationalError) as error:
        logger.warning("a hint was lost", task=task.name, error=type(error).__name__)
