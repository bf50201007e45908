"""Background work: thin, idempotent, by id. Every task finds out from the database what there is to do.

A planner claims what is due and hands it out. A message that is lost costs one lease, not the work.
"""

from io import StringIO
from typing import Any

from celery import Task, shared_task
from connect.seen_once import SeenOnce
from django.core.management import call_command
from django.utils import timezone

from connect.api.idempotency import IdempotencyKey
from connect.due_work.work import Claim, DueWork
from social_auth.assets import discovery
from social_auth.budgets import storms
from social_auth.connections import exchanges
from social_auth.credentials import ends, renewal, revocation, warnings
from social_auth.notices import delivery, mail
from social_auth.privacy import erasure
from social_auth.refresh import batches, engagement, planning
from social_auth.wire.messages import check_broker, send


def _hand_out(task: Task, work: DueWork) -> None:
    """Claim what is due and send it off; nothing is claimed that could not be sent. Raises redis.RedisError."""
    check_broker()
    for claim in work.claim_due(timezone.now()):
        _send(task, work, claim)


def _send(task: Task, work: DueWork, claim: Claim) -> None:
    alone = work in (delivery.DELIVERY, mail.MAIL)
    queue = work.name if alone else f"{work.name}.{claim.lane}"
    send(task, queue=queue, lane=claim.lane, token=claim.token, ids=claim.ids)


@shared_task
def plan_refresh(**_: Any) -> None:
    storms.forget(timezone.now())
    _hand_out(refresh_batch, planning.REFRESH)


@shared_task
def refresh_batch(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    batches.refresh_batch(lane, token, ids)


@shared_task
def refresh_one(*, pk: int, **_: Any) -> None:
    """Refresh one that its owner waits for, ahead of the others that are due."""
    for claim in planning.claim_wanted(pk, timezone.now()):
        batches.refresh_batch(claim.lane, claim.token, claim.ids)


@shared_task
def plan_renewals(**_: Any) -> None:
    _hand_out(renew_credentials, renewal.RENEWAL)


@shared_task
def renew_credentials(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    renewal.work_off(Claim(lane, token, ids))


@shared_task
def plan_discoveries(**_: Any) -> None:
    _hand_out(list_assets, discovery.DISCOVERY)


@shared_task
def list_assets(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    discovery.work_off(Claim(lane, token, ids))


@shared_task
def discover(*, pk: int, **_: Any) -> None:
    """List what an account administers that was just connected."""
    discovery.discover(pk)


@shared_task
def plan_engagement(**_: Any) -> None:
    _hand_out(measure_engagement, engagement.ENGAGEMENT)


@shared_task
def measure_engagement(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    engagement.work_off(Claim(lane, token, ids))


@shared_task
def plan_revocations(**_: Any) -> None:
    _hand_out(revoke_tokens, revocation.REVOCATION)
    exchanges.give_up(timezone.now())


@shared_task
def revoke_tokens(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    revocation.work_off(Claim(lane, token, ids))


@shared_task
def revoke(*, pk: int, **_: Any) -> None:
    """Revoke what was just disconnected."""
    revocation.revoke(pk)


@shared_task
def plan_erasures(**_: Any) -> None:
    _hand_out(erase_accounts, erasure.ERASURE)


@shared_task
def erase_accounts(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    erasure.work_off(Claim(lane, token, ids))


@shared_task
def erase_account(*, pk: int, **_: Any) -> None:
    """Go on with the erasure of an account that was just closed, or has more to erase."""
    erasure.erase(pk)


@shared_task
def plan_webhooks(**_: Any) -> None:
    """Make deliveries of new events, and hand out what is due."""
    delivery.hand_out()
    _hand_out(deliver_webhooks, delivery.DELIVERY)


@shared_task
def deliver_webhooks(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    """Deliver what was claimed and what follows; an endpoint that has more to hear lets others go first."""
    if claim := delivery.deliver(Claim(lane, token, ids)):
        _send(deliver_webhooks, delivery.DELIVERY, claim)


@shared_task
def plan_mails(**_: Any) -> None:
    _hand_out(send_mails, mail.MAIL)


@shared_task
def send_mails(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    mail.work_off(Claim(lane, token, ids))


@shared_task
def warn_of_ends(**_: Any) -> None:
    """Mark the connections that end soon and that only their owner can extend, and tell of it days ahead."""
    ends.warn_of_ends(timezone.now())
    warnings.tell_of_ends(timezone.now())


@shared_task
def forget_seen(**_: Any) -> None:
    SeenOnce.objects.forget(timezone.now())
    IdempotencyKey.objects.forget(timezone.now())


@shared_task
def prune_history(**_: Any) -> None:
    call_command("prune_history", stdout=StringIO())


@shared_task
def clear_sessions(**_: Any) -> None:
    call_command("clearsessions")


@shared_task
def prune_events(**_: Any) -> None:
    call_command("prune_events", stdout=StringIO())
