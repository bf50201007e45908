"""What happens to a person's sign-in is told twice: as an event, for the platform, and by mail, for the person."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone

from connect.events.catalogue import SIGN_IN, SignInEvent
from connect.events.models import Event
from social_auth.notices.models import Mail


def tell(user: Any, sign_in: SocialAccount, what: SignInEvent, network: str, *, once: str = "") -> None:
    """Write the event and the mail in this transaction; nothing if `once` was told of that sign-in before."""
    event = Event(
        user=user,
        type=f"{SIGN_IN}.{what}",
        kind=SIGN_IN,
        object_id=sign_in.pk,
        data={"user_id": user.pk, "network": network},
        created_at=timezone.now(),
        once=once,
    )
    Event.objects.bulk_create([event], ignore_conflicts=True)
    if not once or Event.objects.filter(uid=event.uid).exists():
        Mail.objects.create(user=user, subject=what, network=network, due_at=timezone.now())


@transaction.atomic
def tell_once_a_day(sign_in: SocialAccount, what: SignInEvent, network: str) -> None:
    """Tell the sign-in's user, who would hear of it for as often as a stranger repeats a call."""
    tell(sign_in.user, sign_in, what, network, once=f"{what}:{timezone.now():%Y-%m-%d}")
