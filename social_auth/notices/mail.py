"""Mails to people, out of the database: a mail server that is down delays them and breaks nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from connect.due_work.leases import back_off
from connect.due_work.work import Claim, DueWork
from connect.network_table import Network
from social_auth.notices.models import RECONNECT, Mail

LANE = "mail"
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=12)
LEASE = timedelta(minutes=2)
AT_ONCE = 4
"""Mails that may be under way: a mail server that hangs holds up no more workers."""
reconnect_link_of: Callable[[Mail], str] = lambda mail: ""  # noqa: E731 - a place for what is known above
"""Set by who makes links."""
logger = structlog.get_logger(__name__)

MAIL = DueWork(
    name=LANE,
    lanes=lambda now: [LANE],
    rows=lambda lane: Mail.objects.all(),
    room=lambda lane, leased, now: AT_ONCE - leased,
    lease=lambda: LEASE,
    shares_queue=True,
)


def work_off(claim: Claim) -> None:
    for mail in MAIL.begin(claim, timezone.now(), "user"):
        attempt(mail, claim.token, timezone.now())


def attempt(mail: Mail, token: int, now: datetime) -> None:
    """Send the mail if its person has an address; one that cannot be sent is tried later, for about three days."""
    try:
        send(mail)
    except (SMTPException, OSError) as error:
        logger.warning("a mail was not sent", subject=mail.subject, error=type(error).__name__, failures=mail.failures)
        if mail.failures < MOST_ATTEMPTS:
            wait = back_off(mail.failures, first=FIRST_WAIT, most=LONGEST_WAIT)
            Mail.objects.filter(pk=mail.pk).postpone(token, now + wait)
            return
    Mail.objects.filter(pk=mail.pk).held(token).delete()


def send(mail: Mail) -> None:
    """Hand the mail to the mail server; raises SMTPException, OSError."""
    told = {"network": Network(mail.network).label, "happened_at": mail.happened_at, "app": settings.APP_URL}
    if mail.subject == RECONNECT:
        send_link(mail, told)
    elif address := address_of(mail.user):
        get_adapter().render_mail(f"notices/mail/sign_in_{mail.subject}", address, told).send()


def send_link(mail: Mail, told: dict[str, Any]) -> None:
    """Only to an address that is known to be the person's, and with a link that is made now."""
    address = verified_address_of(mail.user)
    if address and (link := reconnect_link_of(mail)):
        get_adapter().render_mail("notices/mail/reconnect", address, {**told, "link": link}).send()


def address_of(user: object) -> str:
    """The address by which a person is reached: a verified one first. Empty if there is none."""
    known = EmailAddress.objects.filter(user=user).order_by("-verified", "-primary", "pk").first()
    return known.email if known else str(getattr(user, "email", ""))


def verified_address_of(user: object) -> str:
    """The address that is known to be the person's, the primary one first. Empty if there is none."""
    known = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").first()
    return known.email if known else ""
