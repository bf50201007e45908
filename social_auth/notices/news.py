"""News: the events that creators get a mail about. Each is put into the outbox exactly once.

The position of the last event that was read is written in the transaction that makes the mails, so that a worker that
dies loses none and repeats none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from connect.events.catalogue import KINDS, EventType
from connect.events.models import Event
from social_auth.notices.outbox import Group, Mail, MailedEvent, MailFeed
from social_auth.notices.reconnecting import BROKEN, ENDS, TROUBLES

AT_ONCE = 1_000
SETTLES = timedelta(minutes=1)
"""A mail waits for so long: more events of its kind are added to it, and those that are undone are taken out."""
TOO_OLD = timedelta(days=3)
"""Older events, as after an outage of all workers, are left out. A mail is not tried for longer either."""
DECISIONS = (EventType.ACCEPTED, EventType.REJECTED, EventType.SUSPENDED, EventType.REINSTATED)
RECOVERED = "network.recovered"


@dataclass(frozen=True)
class News:
    subject: str
    """The name of the templates."""
    group: Group | None
    """The setting that switches it off; None if it cannot be switched off."""


NEWS = {
    ENDS: News("ends", Group.ENDS),
    BROKEN: News("broken", Group.BROKEN),
    RECOVERED: News("recovered", Group.BROKEN),
    "network.unverified": News("displaced", None),  # a network loses its proof only to a stronger one
    **{f"{kind}.{decision}": News(decision, Group.DECISIONS) for kind in KINDS for decision in DECISIONS},
}
GROUPS = {news.subject: news.group for news in NEWS.values()}


def write_mails() -> int:
    """Put the events since the last time into mails; return how many events."""
    Event.objects.number()
    MailFeed.objects.get_or_create(pk=1)
    return _write(timezone.now())


@transaction.atomic
def _write(now: datetime) -> int:
    feed = MailFeed.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if feed is None:
        return 0  # another worker is doing it
    last = Event.objects.aggregate(last=Max("position"))["last"] or 0
    unread = Event.objects.in_order().filter(position__gt=feed.position, position__lte=last)
    new = unread.filter(type__in=NEWS, created_at__gt=now - TOO_OLD)
    events = list(new[:AT_ONCE])
    written = sum(_add_to_mail(event, now) for event in events if _is_news(event))
    MailFeed.objects.filter(pk=1).update(position=events[-1].position if len(events) == AT_ONCE else last)
    return written


def _is_news(event: Event) -> bool:
    """Whether it is told at all: not what its owner did, nor what was accepted at once by their own proof.

    A decision that staff took back is not: the mail of that decision waits for longer than they may do so.
    """
    if event.actor in ("owner", "undo") or (event.actor == "system" and event.type.endswith(f".{EventType.ACCEPTED}")):
        return False
    return event.type != RECOVERED or _followed_trouble(event)


def _add_to_mail(event: Event, now: datetime) -> bool:
    """Add the event to a waiting mail or a new one; False if it and the trouble that it ends cancel out."""
    if event.type == RECOVERED and _take_back(event):
        return False
    subject = NEWS[event.type].subject
    waiting = Mail.objects.filter(user_id=event.user_id, subject=subject).locked_while_waiting().first()
    mail = waiting or Mail.objects.create(
        user_id=event.user_id,
        subject=subject,
        network=event.data.get("network", ""),
        happened_at=event.created_at,
        due_at=now + SETTLES,
    )
    MailedEvent.objects.create(mail=mail, event=event)
    return True


def _followed_trouble(recovered: Event) -> bool:
    """Whether the last event about the connection was an end or a break."""
    of_record = Event.objects.filter(user_id=recovered.user_id, kind=recovered.kind, object_id=recovered.object_id)
    before = of_record.filter(position__lt=recovered.position, type__in=(*TROUBLES, RECOVERED, "network.connected"))
    last = before.order_by("-position").first()
    return last is not None and last.type in TROUBLES


def _take_back(recovered: Event) -> bool:
    """Take the trouble out of a mail that has not been sent; return whether there was one."""
    troubles = MailedEvent.objects.filter(
        event__kind=recovered.kind, event__object_id=recovered.object_id, event__type__in=TROUBLES
    )
    mails = Mail.objects.filter(pk__in=troubles.values("mail")).locked_while_waiting()
    untold = list(mails.values_list("pk", flat=True))
    return bool(troubles.filter(mail__in=untold).delete()[0])
