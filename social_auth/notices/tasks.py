"""Tasks: thin, idempotent, by id. If a message is lost, its rows are due again when their leases end."""

from typing import Any

from celery import shared_task

from connect.due_work.work import Claim
from social_auth.notices import delivery, mail, news
from social_auth.wire.messages import hand_out, send_claim


@shared_task
def plan_webhooks(**_: Any) -> None:
    """Create deliveries of new events, and send tasks for those that are due."""
    delivery.hand_out()
    hand_out(deliver_webhooks, delivery.DELIVERY)


@shared_task
def deliver_webhooks(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    """Deliver what was claimed and what follows; an endpoint with more goes to the end of the queue."""
    if claim := delivery.deliver(Claim(lane, token, ids)):
        send_claim(deliver_webhooks, delivery.DELIVERY, claim)


@shared_task
def write_mails(**_: Any) -> None:
    """Put new events into mails to their creators."""
    news.write_mails()


@shared_task
def plan_mails(**_: Any) -> None:
    hand_out(send_mails, mail.MAIL)


@shared_task
def send_mails(*, lane: str, token: int, ids: list[int], **_: Any) -> None:
    mail.work_off(Claim(lane, token, ids))


@shared_task
def send_mail(*, pk: int, **_: Any) -> None:
    """Send a mail that a call has just put into the outbox."""
    mail.send_now(pk)
