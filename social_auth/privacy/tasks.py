"""Tasks: thin, idempotent, by id. If a message is lost, its rows are due again when their leases end."""

from typing import Any

from celery import shared_task

from connect.due_work.work import Claim
from social_auth.privacy import erasure
from social_auth.wire.messages import hand_out


@shared_task
def plan_erasures(**_: Any) -> None:
    hand_out(erase_accounts, erasure.ERASURE)


@shared_task
def erase_accounts(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    erasure.work_off(Claim(lane, token, ids))


@shared_task
def erase_account(*, pk: int, **_: Any) -> None:
    """Go on with the erasure of an account that was just closed, or has more to erase."""
    erasure.erase(pk)
