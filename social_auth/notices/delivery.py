"""From event to endpoint: each is handed out once, tried for 75 hours, and then kept for somebody to look at."""

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
"""Deliveries of one endpoint that may be under way. Who is done takes the next, so this is no limit of its speed."""
LEASE = timedelta(seconds=90)
TURN = timedelta(seconds=5)
"""After so long a worker lets other endpoints have their turn."""


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


def _lanes(now: datetime) -> list[str]:
    return [str(pk) for pk in WebhookEndpoint.objects.filter(enabled=True).values_list("pk", flat=True)]


def _room(endpoint: str, leased: int, now: datetime) -> int:
    """Some at once for an endpoint that answers; one for an endpoint that does not, as it may hold a worker each."""
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
    """Make the attempts that were claimed, and then what else the endpoint is to hear, for as long as it answers.

    Returns what was claimed last, to be handed out, if there is more to do than a worker should take in one go.
    """
    enough, taken = timezone.now() + TURN, claim
    while _attempt(taken):
        following = DELIVERY.claim_lane(claim.lane, timezone.now(), most=1)
        if not following or timezone.now() >= enough:
            return following[0] if following else None
        taken = following[0]
    return None


def _attempt(claim: Claim) -> bool:
    """Make the attempts of one claim; whether all of them arrived. Nothing is held in the database meanwhile."""
    now, arrived = timezone.now(), False
    for row in DELIVERY.begin(claim, now, "endpoint", "event"):
        event = row.event
        try:
            signing = row.endpoint.signing_secrets(now)
        except UnknownKey:  # another process can sign it
            WebhookDelivery.objects.filter(pk=row.pk).hold_back(claim.token, now + FOR_ANOTHER)
            return False
        sent = send(
            row.endpoint.url,
            signing,
            str(event.uid),
            event.type,
            event.created_at,
            with_link(event),
        )
        settle(row, claim.token, sent, now)
        arrived = sent.arrived
    return arrived


def settle(row: WebhookDelivery, token: int, sent: Sent, now: datetime) -> None:
    """Write what came of the attempt, unless another one began meanwhile."""
    rows, answer = WebhookDelivery.objects.filter(pk=row.pk, state=State.WAITING), str(sent)
    if sent.arrived:
        rows.postpone(token, None, state=State.DELIVERED, answer=answer, delivered_at=now)
    elif row.failures > len(WAITS):
        rows.postpone(token, None, state=State.DEAD, answer=answer)
    else:
        wait = WAITS[row.failures - 1] * random.uniform(1.0, 1.1)
        rows.postpone(token, now + wait, answer=answer)
    if sent.gone:
        row.endpoint.disable("It answered 410 Gone")


def send_test(endpoint: WebhookEndpoint, now: datetime) -> Sent:
    """Send an event that did not happen, to see whether the endpoint hears us."""
    uid = f"test-{random.randrange(10**12):012d}"
    return send(endpoint.url, endpoint.signing_secrets(now), uid, "webhook.test", now, {})
