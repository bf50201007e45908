"""Housekeeping that belongs to no single room: deletes what is kept for a limited time only."""

from io import StringIO
from typing import Any, cast

from celery import shared_task
from django.core.cache import caches
from django.core.management import call_command
from django.utils import timezone

from connect.api.idempotency import IdempotencyKey
from connect.database.pruned_cache import PrunedCache
from connect.seen_once import SeenOnce


@shared_task
def forget_seen(**_: Any) -> None:
    SeenOnce.objects.forget(timezone.now())
    IdempotencyKey.objects.forget(timezone.now())
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
