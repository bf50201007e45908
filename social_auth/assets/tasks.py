"""Tasks: thin, idempotent, by id. If a message is lost, its rows are due again when their leases end."""

from typing import Any

from celery import shared_task

from connect.due_work.work import Claim
from social_auth.assets import discovery
from social_auth.wire.messages import hand_out


@shared_task
def plan_discoveries(**_: Any) -> None:
    hand_out(list_assets, discovery.DISCOVERY)


@shared_task
def list_assets(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    discovery.work_off(Claim(lane, token, ids))


@shared_task
def discover(*, pk: int, **_: Any) -> None:
    """List what a newly connected account administers."""
    discovery.discover(pk)
