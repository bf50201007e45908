"""Reports what happens to a user's sign-in: as an event for the platform, and by mail to the user."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone

from connect.events.catalogue import SIGN_IN, SignInEvent
from connect.events.models import Event
from social_auth.notices.models import Mail


def report(user: Any, sign_in: SocialAccount, event_type: SignInEvent, network: str, *, once: str = "") -> None:
    """Write the event and the mail in this transaction; nothing if the sign-in has an event with that `once` before."""
    event = Event(
        user=user,
        type=f"{SIGN_IN}.{event_type}",
        kind=SIGN_IN,
        object_id=sign_in.pk,
        data={"user_id": user.pk, "network": network},
        created_at=timezone.now(),
        once=once,
    )
    Event.objects.bulk_create([event], ignore_conflicts=True)
    if not once or Event.objects.filter(uid=event.uid).exists():
        Mail.objects.create(user=user, subject=event_type, network=network, due_at=timezone.now())


@transaction.atomic
def report_once_a_day(sign_in: SocialAccount, event_type: SignInEvent, network: str) -> None:
    """Report at most once a day, as a stranger may repeat the call that causes it."""
    report(sign_in.user, sign_in, event_type, network, once=f"{event_type}:{timezone.now():%Y-%m-%d}")
