"""From event to endpoint: each is handed out once, tried for 75 hours, and then kept for somebody to look at."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from connect.events.models import Event
from social_auth.models import WebhookDelivery, WebhookEndpoint
from social_auth.models.webhooks import State
from social_auth.webhooks.sending import Sent, send

WAITS = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)
]
"""Between attempts, as Standard Webhooks proposes: ten attempts over 75 hours."""
HANDED_OUT = 1_000
AT_ONCE = 20
"""Deliveries of one endpoint that may be under way: one that is slow holds up no other."""
LEASE = timedelta(seconds=60)


def hand_out() -> int:
    """Make deliveries of the events since the last time; return how many. Any number of callers may try at once."""
    Event.objects.number()
    return sum(_hand_out_to(pk) for pk in WebhookEndpoint.objects.filter(enabled=True).values_list("pk", flat=True))


@transaction.atomic
def _hand_out_to(pk: int) -> int:
    endpoint = WebhookEndpoint.objects.select_for_update(skip_locked=True).filter(pk=pk, enabled=True).first()
    if endpoint is None:
        return 0
    events = list(Event.objects.in_order().filter(position__gt=endpoint.position)[:HANDED_OUT])
    wanted = [event for event in events if not endpoint.types or event.type in endpoint.types]
    now = timezone.now()
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(endpoint=endpoint, event=event, due_at=now) for event in wanted], ignore_conflicts=True
    )
    if events:
        WebhookEndpoint.objects.filter(pk=pk).update(position=events[-1].position)
    return len(wanted)


def claim(now: datetime) -> list[tuple[int, int]]:
    """Take what is due, endpoint by endpoint, for as long as an attempt may last; return ids with their attempt."""
    endpoints = WebhookEndpoint.objects.filter(enabled=True).values_list("pk", flat=True)
    return [taken for pk in endpoints for taken in _claim_of(pk, now)]


@transaction.atomic
def _claim_of(endpoint: int, now: datetime) -> list[tuple[int, int]]:
    due = WebhookDelivery.objects.due(now).filter(endpoint=endpoint)
    due.filter(attempts__gt=len(WAITS)).update(state=State.DEAD)  # its last attempt was never heard of again
    locked = due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
    begun = WebhookDelivery.objects.filter(endpoint=endpoint, state=State.WAITING, taken_at__gt=now - LEASE)
    rows = list(locked.only("pk", "attempts")[: max(AT_ONCE - begun.count(), 0)])
    for row in rows:
        row.taken_at = now
        row.due_at = now + LEASE + (WAITS[row.attempts] if row.attempts < len(WAITS) else LEASE)
        row.attempts += 1
    WebhookDelivery.objects.bulk_update(rows, ["attempts", "due_at", "taken_at"])
    return [(row.pk, row.attempts) for row in rows]


def deliver(pk: int, attempt: int) -> None:
    """Make that attempt, unless it was made or overtaken. Nothing is held in the database meanwhile."""
    rows = WebhookDelivery.objects.select_related("endpoint", "event")
    row = rows.filter(pk=pk, attempts=attempt, state=State.WAITING, endpoint__enabled=True).first()
    if row is None:
        return
    now, event = timezone.now(), row.event
    secrets = row.endpoint.signing_secrets(now)
    settle(row, send(row.endpoint.url, secrets, str(event.uid), event.type, event.created_at, event.data), now)


def settle(row: WebhookDelivery, sent: Sent, now: datetime) -> None:
    if sent.arrived:
        row.settle(state=State.DELIVERED, answer=str(sent), delivered_at=now)
    elif row.attempts > len(WAITS):
        row.settle(state=State.DEAD, answer=str(sent))
    else:
        wait = WAITS[row.attempts - 1] * random.uniform(1.0, 1.1)  # noqa: S311 - no secret
        row.settle(due_at=now + wait, taken_at=None, answer=str(sent))
    if sent.gone:
        row.endpoint.disable("It answered 410 Gone")


def send_test(endpoint: WebhookEndpoint, now: datetime) -> Sent:
    """Send an event that did not happen, to see whether the endpoint hears us."""
    uid = f"test-{random.randrange(10**12):012d}"  # noqa: S311 - no secret
    return send(endpoint.url, endpoint.signing_secrets(now), uid, "webhook.test", now, {})
