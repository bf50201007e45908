"""Background work: thin, idempotent, by id. Every task finds out from the database what there is to do."""

from io import StringIO
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from connect.api.idempotency import IdempotencyKey
from social_auth import discovery, ends_ahead, engagement, planning, refreshing, renewing, revocation, storms
from social_auth.models import Discovery, Revocation, SeenOnce
from social_auth.webhooks import delivering


@shared_task
def plan_refresh(**_: Any) -> None:
    """Claim what is due and hand it out. A message that is lost costs one lease, not the refresh."""
    storms.forget(timezone.now())
    for batch in planning.claim_due(timezone.now()):
        refresh_batch.apply_async(
            kwargs={"network": batch.network, "token": batch.token, "ids": batch.ids},
            queue=f"refresh.{batch.network}",
            expires=settings.REFRESH_LEASE.total_seconds(),  # by then the rows are somebody else's
            retry=False,
        )


@shared_task
def refresh_batch(*, network: str, token: int, ids: list[int], **_: Any) -> None:
    refreshing.refresh_batch(network, token, ids)


@shared_task
def refresh_one(*, pk: int, **_: Any) -> None:
    """Refresh one that its owner waits for, ahead of the others that are due."""
    for batch in planning.claim_one(pk, timezone.now()):
        refreshing.refresh_batch(batch.network, batch.token, batch.ids)


@shared_task
def revoke(*, pk: int, **_: Any) -> None:
    due = Revocation.objects.due(timezone.now()).filter(pk=pk).first()
    if due:
        revocation.attempt(due, timezone.now())


@shared_task
def sweep_revocations(**_: Any) -> None:
    """Hand out again what a lost message or an outage left undone."""
    SeenOnce.objects.forget(timezone.now())
    IdempotencyKey.objects.forget(timezone.now())
    for pk in Revocation.objects.due(timezone.now()).order_by("next_attempt_at").values_list("pk", flat=True)[:500]:
        revoke.apply_async(kwargs={"pk": pk}, retry=False)


@shared_task
def discover(*, pk: int, **_: Any) -> None:
    discovery.discover(pk)


@shared_task
def plan_discoveries(**_: Any) -> None:
    """Hand out the accounts whose pages, boards or channels are to be listed, longest due first."""
    for pk in Discovery.objects.due(timezone.now()).order_by("due_at").values_list("pk", flat=True)[:500]:
        discover.apply_async(kwargs={"pk": pk}, retry=False)


@shared_task
def plan_engagement(**_: Any) -> None:
    """Hand out the accounts whose engagement is to be computed from their posts."""
    for pk in engagement.plan(timezone.now()):
        measure_engagement.apply_async(kwargs={"pk": pk}, queue="posts", expires=60, retry=False)


@shared_task
def measure_engagement(*, pk: int, **_: Any) -> None:
    engagement.measure(pk)


@shared_task
def prune_history(**_: Any) -> None:
    call_command("prune_history", stdout=StringIO())


@shared_task
def plan_webhooks(**_: Any) -> None:
    """Make deliveries of new events, and hand out what is due."""
    delivering.hand_out()
    for pk, attempt in delivering.claim(timezone.now()):
        deliver_webhook.apply_async(kwargs={"pk": pk, "attempt": attempt}, queue="webhooks", expires=60, retry=False)


@shared_task(soft_time_limit=30)
def deliver_webhook(*, pk: int, attempt: int, **_: Any) -> None:
    delivering.deliver(pk, attempt)


@shared_task
def clear_sessions(**_: Any) -> None:
    call_command("clearsessions")


@shared_task
def prune_events(**_: Any) -> None:
    call_command("prune_events", stdout=StringIO())


@shared_task
def plan_renewals(**_: Any) -> None:
    """Hand out the credentials whose end is near."""
    for pk in renewing.due(timezone.now()):
        renew_credential.apply_async(kwargs={"pk": pk}, queue="renewals", expires=60, retry=False)


@shared_task
def warn_of_ends(**_: Any) -> None:
    """Mark the connections whose credential ends soon and that nothing can renew, and tell of it days ahead."""
    renewing.warn_of_ends(timezone.now())
    ends_ahead.tell_of_ends(timezone.now())


@shared_task
def renew_credential(*, pk: int, **_: Any) -> None:
    renewing.renew(pk)
