"""Tasks: thin, idempotent, by id. If a message is lost, its rows are due again when their leases end."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from connect.due_work.work import Claim
from social_auth.credentials import ends, renewal, revocation
from social_auth.wire.messages import hand_out


@shared_task
def plan_renewals(**_: Any) -> None:
    hand_out(renew_credentials, renewal.RENEWAL)


@shared_task
def renew_credentials(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    renewal.work_off(Claim(lane, token, ids))


@shared_task
def plan_revocations(**_: Any) -> None:
    hand_out(revoke_tokens, revocation.REVOCATION)


@shared_task
def revoke_tokens(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    revocation.work_off(Claim(lane, token, ids))


@shared_task
def revoke(*, pk: int, **_: Any) -> None:
    """Revoke the tokens of a network that was just disconnected."""
    revocation.revoke(pk)


@shared_task
def warn_of_ends(**_: Any) -> None:
    """Mark connections that end soon and that only their owner can extend, and warn days ahead."""
    ends.warn_of_ends(timezone.now())
