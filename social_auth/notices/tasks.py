"""Background work: thin, idempotent, by id. What a lost message named is due again when its lease ends."""

from typing import Any

from celery import shared_task

from connect.due_work.work import Claim
from social_auth.notices import delivery, mail, news
from social_auth.wire.messages import hand_out, send_claim


@shared_task
def plan_webhooks(**_: Any) -> None:
    """Make deliveries of new events, and hand out what is due."""
    delivery.hand_out()
    hand_out(deliver_webhooks, delivery.DELIVERY)


@shared_task
def deliver_webhooks(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    """Deliver what was claimed and what follows; an endpoint that has more to hear lets others go first."""
    if claim := delivery.deliver(Claim(lane, token, ids)):
        send_claim(deliver_webhooks, delivery.DELIVERY, claim)


@shared_task
def write_mails(**_: Any) -> None:
    """Put new events into mails to those whom they are about."""
    news.write_mails()


@shared_task
def plan_mails(**_: Any) -> None:
    hand_out(send_mails, mail.MAIL)


@shared_task
def send_mails(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    mail.work_off(Claim(lane, token, ids))


@shared_task
def send_mail(*, pk: int, **_: Any) -> None:
    """Send a mail that a call has just left in the outbox."""
    mail.send_now(pk)
