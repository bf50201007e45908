"""Mails to people, out of the database: a mail server that is down delays them and breaks nothing."""

from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from connect.due_work.leases import back_off
from connect.due_work.work import Claim, DueWork
from connect.network_table import Network
from social_auth.notices.models import Mail

LANE = "mail"
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=12)
LEASE = timedelta(minutes=2)
AT_ONCE = 4
"""Mails that may be under way: a mail server that hangs holds up no more workers."""
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
    if address := address_of(mail.user):
        get_adapter().render_mail(f"notices/mail/sign_in_{mail.subject}", address, told).send()


def address_of(user: object) -> str:
    """The address by which a person is reached: a verified one first. Empty if there is none."""
    known = EmailAddress.objects.filter(user=user).order_by("-verified", "-primary", "pk").first()
    return known.email if known else str(getattr(user, "email", ""))


def verified_address_of(user: object) -> str:
    """The address that is known to be the person's, the primary one first. Empty if there is none."""
    known = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").first()
    return known.email if known else ""
