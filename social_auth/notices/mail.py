"""Sends mails from the outbox in the database: a mail server that is down delays them and breaks nothing."""

from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

import structlog
from allauth.account import app_settings
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from connect.due_work.leases import back_off
from connect.due_work.work import Claim, DueWork
from social_auth.credentials.vault import FOR_ANOTHER, Undecipherable, UnknownKey
from social_auth.notices.letters import message_of
from social_auth.notices.news_letters import letter_about
from social_auth.notices.outbox import RECONNECT, Letter, Mail
from social_auth.notices.unsubscribing import unsubscribe_url
from social_auth.wire.messages import enqueue

AWAITED, NEWS = "awaited", "mail"
"""Two lanes, so that a mail with a code does not wait behind thousands of mails about decisions."""
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = {AWAITED: timedelta(seconds=15), NEWS: timedelta(minutes=1)}, timedelta(hours=12)
LEASE = timedelta(minutes=2)
AT_ONCE = 4
"""Mails of a lane at the same time, so that a mail server that hangs does not hold more workers."""
logger = structlog.get_logger(__name__)

MAIL = DueWork(
    name="mail",
    lanes=lambda now: [AWAITED, NEWS],
    rows=lambda lane: Mail.objects.awaited() if lane == AWAITED else Mail.objects.news(),
    room=lambda lane, leased, now: AT_ONCE - leased,
    lease=lambda: LEASE,
    shares_queue=True,
)


class NoAddress(Exception):
    """The address is malformed, though a form accepted it."""


@transaction.atomic
def post(letter: Letter, *, about: str, user: Any = None, expires_at: datetime | None = None) -> None:
    """Put a letter into the outbox, in this transaction; it is sent after the commit, and deleted once it has expired.

    A letter without an address is put there, too, so that a call takes as long for an address that we do not know.
    """
    now = timezone.now()
    mail = Mail.objects.create(user=user, subject=about[-40:], due_at=now, happened_at=now, expires_at=expires_at)
    mail.put_in(letter)
    enqueue("social_auth.notices.tasks.send_mail", queue="mail", pk=mail.pk)


def send_now(pk: int) -> None:
    """Send one mail of the outbox, if it is due and no other worker has it."""
    if claim := MAIL.claim_one(pk, AWAITED, timezone.now()):
        work_off(claim)


def work_off(claim: Claim) -> None:
    for mail in MAIL.begin(claim, timezone.now(), "user"):
        if mail.failures > MOST_ATTEMPTS:  # so many workers died over it without reporting
            Mail.objects.filter(pk=mail.pk).held(claim.token).delete()
        else:
            attempt(mail, claim, timezone.now())


def attempt(mail: Mail, claim: Claim, now: datetime) -> None:
    """Send the mail and delete it; after a failure try again, for about three days."""
    rows = Mail.objects.filter(pk=mail.pk)
    try:
        send(mail, now)
    except UnknownKey:  # another process can open it
        rows.hold_back(claim.token, now + FOR_ANOTHER)
        return
    except (Undecipherable, NoAddress):
        logger.exception("a mail cannot be sent at all", mail=mail.pk)
    except (SMTPException, OSError) as error:
        logger.warning("a mail was not sent", subject=mail.subject, error=type(error).__name__, failures=mail.failures)
        if mail.failures < MOST_ATTEMPTS and not is_final(error):
            wait = back_off(mail.failures, first=FIRST_WAIT[claim.lane], most=LONGEST_WAIT)
            rows.postpone(claim.token, min(now + wait, mail.expires_at or now + wait))
            return
    rows.held(claim.token).delete()


def is_final(error: Exception) -> bool:
    """Whether the mail server refuses the address for good."""
    refused = error.recipients.values() if isinstance(error, SMTPRecipientsRefused) else []
    return bool(refused) and all(code in (550, 551, 553) for code, _ in refused)


def send(mail: Mail, now: datetime) -> None:
    """Hand the mail to the mail server; raises SMTPException, OSError, NoAddress, vault.Undecipherable."""
    if mail.expires_at and mail.expires_at <= now:
        return
    letter = mail.letter() if mail.access_cipher else letter_about(mail, _address_for(mail))
    if letter and letter.to:
        message = message_of(letter, mail, unsubscribe_url(mail))
        try:
            message.send()
        except ValueError as error:  # the email package is stricter about headers and addresses
            raise NoAddress(type(error).__name__) from None


def _address_for(mail: Mail) -> str:
    """Any address for mails about a sign-in; a verified one for the rest, as they contain links."""
    verified = app_settings.EMAIL_VERIFICATION == EmailVerificationMethod.MANDATORY and not mail.is_of_a_sign_in
    sure = verified or mail.subject == RECONNECT
    return verified_address_of(mail.user) if sure else address_of(mail.user)


def address_of(user: Any) -> str:
    """The user's address, a verified one first; empty if there is none."""
    address = EmailAddress.objects.filter(user=user).order_by("-verified", "-primary", "pk").first()
    return address.email if address else str(getattr(user, "email", ""))


def verified_address_of(user: Any) -> str:
    """The user's verified address, the primary one first; empty if there is none."""
    address = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").first()
    return address.email if address else ""
