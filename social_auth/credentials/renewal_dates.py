"""Which credentials can be renewed, and when."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from connect.clock import shared
from social_auth.credentials.health import BROKEN
from social_auth.credentials.models import Credential
from social_auth.providers.base import Adapter
from social_auth.providers.records import Renewal

SHORT_LIFE_PAUSE = timedelta(hours=6)
"""To wait before renewing again, if a renewal gave no later end or none that is known."""
SHARE_AHEAD = 0.25
"""A token is renewed in the last quarter of its life at the earliest, even if its provider shortens that one day."""
ASK_AHEAD = timedelta(days=15)
"""How long before the end of Meta's data access we renew: earlier than its owner is warned."""
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
JUST_NOW = timedelta(hours=1)


def can_be_renewed(adapter: Adapter, now: datetime) -> Q:
    """A condition for the credentials of that provider that can be renewed."""
    if adapter.renewal != Renewal.EXTEND:
        return ~Q(refresh_cipher="")
    alive = Q(expires_at__gt=now) | Q(expires_at__isnull=True, obtained_at__lte=now - DAILY)
    return alive & Q(obtained_at__lte=now - adapter.renew_min_age)


def may_ask_again(now: datetime) -> Q:
    """A condition for credentials to renew after a refused access token: not if one was just renewed or refused.

    For a broken connection we try once a week.
    """
    broken = Q(network__health__in=BROKEN)
    moment, lately = shared(now), settings.CONNECT_CONFIRM_DEAD_AFTER
    refused = Q(refused_at__gt=moment - lately) | broken & Q(refused_at__gt=moment - WEEKLY)
    renewed = Q(renewed_at__isnull=False) & Q(renewed_at__gt=moment - JUST_NOW)
    return ~renewed & (Q(refused_at__isnull=True) | ~refused)


def renewal_due(adapter: Adapter, credential: Credential, now: datetime, *, renewed: bool = False) -> datetime | None:
    """When to renew it, ahead of its end; None if nothing can renew it, or its end is unknown.

    Where our own keys read the numbers, we need no access token: renewing once a week keeps the grant in use, and shows
    whether it still exists.
    """
    if adapter.renewal != Renewal.EXTEND and not credential.refresh_cipher:
        return None
    if not adapter.needs_token:
        return credential.obtained_at + WEEKLY
    if credential.expires_at is not None:
        due = credential.expires_at - _ahead(adapter, credential)
    elif adapter.renewal == Renewal.EXTEND:
        due = credential.obtained_at + DAILY
    else:
        return None
    if credential.data_access_ends_at and credential.data_access_ends_at - ASK_AHEAD > credential.obtained_at:
        due = min(due, credential.data_access_ends_at - ASK_AHEAD)
    soonest = credential.obtained_at + adapter.renew_min_age
    return max(due, soonest, now + _pause(credential)) if renewed else max(due, soonest)


def _ahead(adapter: Adapter, credential: Credential) -> timedelta:
    """How long before its end to renew. A token that can only be extended while it lives is not renewed late."""
    if adapter.renewal == Renewal.EXTEND or credential.expires_at is None:
        return adapter.renew_ahead
    return min(adapter.renew_ahead, (credential.expires_at - credential.obtained_at) * SHARE_AHEAD)


def _pause(credential: Credential) -> timedelta:
    """The least time between two renewals, shorter than the credential's life."""
    life = (credential.expires_at or credential.obtained_at) - credential.obtained_at
    return min(SHORT_LIFE_PAUSE, life / 2) if life > JUST_NOW else SHORT_LIFE_PAUSE
