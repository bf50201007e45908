"""Sends tasks to workers: after the commit, by id, as a hint only. The database knows what is to be done."""

from typing import Any

import redis
import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from connect.due_work.work import Claim, DueWork
from connect.redis_client import our_redis

logger = structlog.get_logger(__name__)


def enqueue(name: str, *, queue: str, **arguments: Any) -> None:
    """Send the task with that dotted name once the transaction has committed.

    If the broker is away the message is lost, and a planner finds the work later.
    """
    # robust: the request has succeeded by then and must not fail for a lost hint (Django logs it)
    transaction.on_commit(lambda: _hint(import_string(name), queue, arguments), robust=True)


def hand_out(task: Any, work: DueWork) -> None:
    """Claim what is due and send it to workers. Raises redis.RedisError before claiming if the broker is away."""
    check_broker()
    for claim in work.claim_due(timezone.now()):
        send_claim(task, work, claim)


def send_claim(task: Any, work: DueWork, claim: Claim) -> None:
    """Send a claim to its lane's queue; raises redis.RedisError or kombu's OperationalError."""
    send(task, queue=work.queue(claim.lane), lane=claim.lane, token=claim.token, ids=claim.ids)


def send(task: Any, *, queue: str, **arguments: Any) -> None:
    """Send the task now; raises redis.RedisError or kombu's OperationalError."""
    check_broker()
    task.apply_async(kwargs=arguments, queue=queue, retry=False)


def check_broker() -> None:
    """Raise redis.RedisError within a moment if the broker is away; Celery itself would wait for it."""
    our_redis().ping()


def _hint(task: Any, queue: str, arguments: dict[str, Any]) -> None:
    try:
        send(task, queue=queue, **arguments)
    except (redis.RedisError, OperationalError) as error:
        logger.warning("a hint was lost", task=task.name, error=type(error).__name__)
