"""Reconnect links that staff and commands make, and the URL of a link."""

from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.connections.authorize import public_address
from social_auth.connections.models import LASTS_BY_HAND, ConnectLink
from social_auth.notices.mail import verified_address_of
from social_auth.notices.outbox import RECONNECT, Mail


def address_of_link(secret: str, request: HttpRequest | None = None) -> str:
    return public_address(reverse("connect-link", args=[secret]), request)


def reconnect_link(record: SocialNetwork, lasts: timedelta = LASTS_BY_HAND) -> str:
    """Make a link by which the record's owner connects the same account again; return its address."""
    _, secret = ConnectLink.objects.make(record.user, lasts=lasts, network=record.network, record=record)
    return address_of_link(secret)


def mail_reconnect_link(record: SocialNetwork) -> bool:
    """Queue a mail with a reconnect link to the record's owner; False if they have no verified address.

    The link is made when the mail is sent, so that it is stored nowhere before.
    """
    if not verified_address_of(record.user):
        return False
    Mail.objects.create(
        user=record.user, subject=RECONNECT, network=record.network, record_id=record.pk, due_at=timezone.now()
    )
    return True
