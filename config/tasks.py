"""Housekeeping that belongs to no single room: deletes what is kept for a limited time only."""

from io import StringIO
from typing import Any, cast

from celery import shared_task
from django.core.cache import caches
from django.core.management import call_command
from django.dispatch import receiver
from django.utils import timezone

from connect.api.idempotency import IdempotencyKey
from connect.database.pruned_cache import PrunedCache
from connect.desk import bulk
from connect.due_work.work import Claim
from connect.seen_once import SeenOnce
from connect.signals import bulk_decision_made
from social_auth.wire.messages import enqueue, hand_out


@shared_task
def forget_seen(**_: Any) -> None:
    SeenOnce.objects.forget(timezone.now())
    IdempotencyKey.objects.forget(timezone.now())
    bulk.BulkDecision.objects.forget(timezone.now())
    cast(PrunedCache, caches["default"]).forget(timezone.now())


@shared_task
def prune_history(**_: Any) -> None:
    call_command("prune_history", stdout=StringIO())


@shared_task
def clear_sessions(**_: Any) -> None:
    call_command("clearsessions")


@shared_task
def prune_events(**_: Any) -> None:
    call_command("prune_events", stdout=StringIO())


@shared_task
def plan_bulk_decisions(**_: Any) -> None:
    hand_out(decide_claimed, bulk.BULK)


@shared_task
def decide_claimed(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    bulk.work_off(Claim(lane, token, ids))


@shared_task
def decide_in_bulk(*, pk: int, **_: Any) -> None:
    """Begin, or go on, with a decision on many at once; a planner finds it if this message is lost."""
    bulk.decide_on(pk)


@receiver(bulk_decision_made)
def hint_bulk_decision(*, pk: int, **_: Any) -> None:
    enqueue("config.tasks.decide_in_bulk", queue="bulk", pk=pk)
