"""Tasks: thin, idempotent, by id. If a message is lost, its rows are due again when their leases end."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from connect.due_work.work import Claim
from social_auth.budgets import storms
from social_auth.refresh import batches, engagement, planning
from social_auth.wire.messages import hand_out


@shared_task
def plan_refresh(**_: Any) -> None:
    storms.forget(timezone.now())
    hand_out(refresh_batch, planning.REFRESH)


@shared_task
def refresh_batch(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    batches.refresh_batch(lane, token, ids)


@shared_task
def refresh_one(*, pk: int, **_: Any) -> None:
    """Refresh a network whose owner waits for it, ahead of the others that are due."""
    for claim in planning.claim_wanted(pk, timezone.now()):
        batches.refresh_batch(claim.lane, claim.token, claim.ids)


@shared_task
def plan_engagement(**_: Any) -> None:
    hand_out(measure_engagement, engagement.ENGAGEMENT)


@shared_task
def measure_engagement(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    engagement.work_off(Claim(lane, token, ids))
