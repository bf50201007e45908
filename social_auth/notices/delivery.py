"""Delivers events to webhook endpoints: each is tried for 75 hours, and then kept as dead for an operator."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from connect.due_work.work import Claim, DueWork
from connect.events.models import Event
from social_auth.credentials.vault import FOR_ANOTHER, UnknownKey
from social_auth.notices.models import State, WebhookDelivery, WebhookEndpoint
from social_auth.notices.reconnecting import with_link
from social_auth.notices.webhook_request import Sent, send

WAITS = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)
]
"""Between attempts, as Standard Webhooks proposes: ten attempts over 75 hours."""
HANDED_OUT = 1_000
AT_ONCE = 4
"""Deliveries of one endpoint at the same time. Workers take the next when done, so this does not limit the rate."""
LEASE = timedelta(seconds=90)
TURN = timedelta(seconds=5)
"""After so long a worker makes room for other endpoints."""


def hand_out() -> int:
    """Create deliveries for new events; return how many. Any number of processes may do so at once."""
    Event.objects.number()
    return sum(_hand_out_to(pk) for pk in WebhookEndpoint.objects.filter(enabled=True).values_list("pk", flat=True))


@transaction.atomic
def _hand_out_to(pk: int) -> int:
    endpoint = WebhookEndpoint.objects.select_for_update(skip_locked=True).filter(pk=pk, enabled=True).first()
    if endpoint is None:
        return 0
    events = list(Event.objects.in_order().filter(position__gt=endpoint.position)[:HANDED_OUT])
    subscribed = [event for event in events if not endpoint.types or event.type in endpoint.types]
    now = timezone.now()
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(endpoint=endpoint, event=event, due_at=now) for event in subscribed], ignore_conflicts=True
    )
    if events:
        WebhookEndpoint.objects.filter(pk=pk).update(position=events[-1].position)
    return len(subscribed)


def _lanes(now: datetime) -> list[str]:
    return [str(pk) for pk in WebhookEndpoint.objects.filter(enabled=True).values_list("pk", flat=True)]


def _room(endpoint: str, leased: int, now: datetime) -> int:
    """Several for an endpoint that answers; one for an endpoint that fails, as each delivery may hold a worker."""
    failing = WebhookDelivery.objects.to_be_sent(int(endpoint)).filter(failures__gt=0, lease_until=None).exists()
    return (1 if failing else AT_ONCE) - leased


DELIVERY = DueWork(
    name="delivery",
    lanes=_lanes,
    rows=lambda endpoint: WebhookDelivery.objects.to_be_sent(int(endpoint)),
    room=_room,
    lease=lambda: LEASE,
    shares_queue=True,
)


def deliver(claim: Claim) -> Claim | None:
    """Attempt the claimed deliveries, and then the endpoint's next ones for as long as it answers.

    If there are more than a worker should make in one go, returns the next claim, to be sent to a worker.
    """
    enough, current = timezone.now() + TURN, claim
    while _attempt(current):
        following = DELIVERY.claim_lane(claim.lane, timezone.now(), most=1)
        if not following or timezone.now() >= enough:
            return following[0] if following else None
        current = following[0]
    return None


def _attempt(claim: Claim) -> bool:
    """Attempt the deliveries of one claim, outside of any transaction; return whether all arrived."""
    now, arrived = timezone.now(), False
    for row in DELIVERY.begin(claim, now, "endpoint", "event"):
        event = row.event
        try:
            signing = row.endpoint.signing_secrets(now)
        except UnknownKey:  # another process can sign it
            WebhookDelivery.objects.filter(pk=row.pk).hold_back(claim.token, now + FOR_ANOTHER)
            return False
        result = send(
            row.endpoint.url,
            signing,
            str(event.uid),
            event.type,
            event.created_at,
            with_link(event),
        )
        write_result(row, claim.token, result, now)
        arrived = result.arrived
    return arrived


def write_result(row: WebhookDelivery, token: int, result: Sent, now: datetime) -> None:
    """Write the result of an attempt, unless another one has begun meanwhile."""
    rows, answer = WebhookDelivery.objects.filter(pk=row.pk, state=State.WAITING), str(result)
    if result.arrived:
        rows.postpone(token, None, state=State.DELIVERED, answer=answer, delivered_at=now)
    elif row.failures > len(WAITS):
        rows.postpone(token, None, state=State.DEAD, answer=answer)
    else:
        wait = WAITS[row.failures - 1] * random.uniform(1.0, 1.1)
        rows.postpone(token, now + wait, answer=answer)
    if result.gone:
        row.endpoint.disable("It answered 410 Gone")


def send_test(endpoint: WebhookEndpoint, now: datetime) -> Sent:
    """Send a made-up event, to see whether the endpoint accepts it."""
    uid = f"test-{random.randrange(10**12):012d}"
    return send(endpoint.url, endpoint.signing_secrets(now), uid, "webhook.test", now, {})
