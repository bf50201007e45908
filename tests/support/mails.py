"""What a worker does with the outbox."""

import time_machine
from django.utils import timezone

from social_auth.notices import mail, news


def send_mails():
    """Send what is due, until nothing more is."""
    while claims := list(mail.MAIL.claim_due(timezone.now())):
        for claim in claims:
            mail.work_off(claim)


def send_news():
    """Make mails of what happened, and send them once it has settled."""
    news.write_mails()
    with time_machine.travel(timezone.now() + news.SETTLES, tick=False):
        send_mails()
