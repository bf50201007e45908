"""When connections end: of all ends that a provider told or documents, the first that only the owner can extend."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from connect.audit.context import audited
from connect.moderation.workflow import REFRESHED, Health
from networks.models import Ending, SocialNetwork
from social_auth.credentials.models import Credential
from social_auth.credentials.warnings import tell_of_ends
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Renewal

WARN_AHEAD = timedelta(days=14)
SHOWN = ("health", "expires_at", "expires_what")
SAME = timedelta(hours=1)
"""Providers count a fixed end down in seconds: what differs by less is the same end told again."""


def later_ends(adapter: Adapter, credential: Credential, told: Any, now: datetime) -> dict[str, datetime | None]:
    """The ends of a credential after a renewal, by column; `told` are the tokens that the provider gave."""
    grant = told.grant_ends_at
    if grant is None:
        grant = now + adapter.grant_life if adapter.grant_life and adapter.grant_renews else credential.grant_ends_at
    if grant is not None and grant <= now:
        grant = None  # it was taken for over, and is not
    return {
        "expires_at": told.expires_at or credential.expires_at,
        "grant_ends_at": _same(credential.grant_ends_at, grant),
        "data_access_ends_at": _same(
            credential.data_access_ends_at, told.data_access_ends_at or credential.data_access_ends_at
        ),
    }


def first_ends(adapter: Adapter, proof: Any, now: datetime) -> dict[str, datetime | None]:
    """The ends of a credential that was just proven: what the provider does not tell has the documented life."""
    grant = proof.grant_ends_at
    if grant is None and proof.secret.refresh_token and adapter.grant_life:
        grant = now + adapter.grant_life
    return {
        "expires_at": proof.expires_at,
        "grant_ends_at": grant,
        "data_access_ends_at": proof.data_access_ends_at,
    }


def _same(old: datetime | None, new: datetime | None) -> datetime | None:
    return old if old and new and abs(new - old) < SAME else new


def first_end(adapter: Adapter, credential: Credential, now: datetime) -> tuple[datetime | None, str]:
    """The first end that only the owner can extend, and of what; None and nothing if none is known.

    An access token that nothing renews and whose end was not told lives as long as documented, from when we got it.
    A grant that ended, or that was refused twice, leaves the access token it gave last, until that ends as well.
    """
    ends: list[tuple[datetime, str]] = []
    if credential.data_access_ends_at and credential.data_access_ends_at > now:
        ends.append((credential.data_access_ends_at, Ending.DATA_ACCESS))
    renewable = adapter.renewal == Renewal.EXTEND or credential.refresh_cipher != ""
    if renewable and (credential.grant_ends_at is None or credential.grant_ends_at > now):
        ends += [(credential.grant_ends_at, Ending.GRANT)] if credential.grant_ends_at else []
    elif adapter.needs_token and (end := credential.expires_at or _documented(adapter, credential)):
        ends.append((end, Ending.ACCESS_TOKEN))
    return min(ends, default=(None, ""))


def _documented(adapter: Adapter, credential: Credential) -> datetime | None:
    return credential.obtained_at + adapter.token_life if adapter.token_life else None


@transaction.atomic
def keep_ends(pk: int, now: datetime) -> None:
    """Show when a connection ends, after its credential changed or its end passed.

    The record is locked first, as by who connects: what was read of an old credential must not be written over a new
    one's end.
    """
    network = SocialNetwork.objects.select_for_update(no_key=True).only(*SHOWN).filter(pk=pk).first()
    credential = Credential.objects.filter(pk=pk).first()
    if network and credential:
        show_end(network, credential, now)


def show_end(network: SocialNetwork, credential: Credential, now: datetime) -> tuple[datetime | None, str]:
    """Show the record's owner when its connection ends, and of what; return both.

    The record is locked by the caller, and the credential is what it has now.
    """
    end, what = first_end(adapter_for(credential.provider), credential, now)
    if (network.expires_at, network.expires_what) != (end, what):
        SocialNetwork.objects.filter(pk=network.pk).update(expires_at=end, expires_what=what)
    return end, what


def extend(network: SocialNetwork, credential: Credential, now: datetime) -> None:
    """Show the end after a renewal; a connection that no longer ends soon is healthy again.

    Only what was renewed is: an end that passes, or a grant that is refused, leaves a later end or none, and its owner
    would read that the connection recovered just when it broke.
    """
    end, _ = show_end(network, credential, now)
    if network.health == Health.EXPIRING and (end is None or end > now + WARN_AHEAD):
        with audited(action="renew", by=None):
            SocialNetwork.objects.filter(pk=network.pk).update(
                health=Health.HEALTHY, health_since=now, last_updated=now
            )


def pass_ends(now: datetime) -> None:
    """Show what those connections end with next whose end passed, and read them at once: do they still work?"""
    passed = SocialNetwork.objects.filter(expires_at__lte=now).exclude(expires_what=Ending.ACCESS_TOKEN)
    for pk in passed.values_list("pk", flat=True):
        keep_ends(pk, now)
        SocialNetwork.objects.filter(pk=pk, next_refresh_at__gt=now).update(next_refresh_at=now)


def warn_of_ends(now: datetime) -> int:
    """Mark the connections as expiring that only their owner can keep from ending soon, and tell; return how many.

    A worker that dies marks nobody who was not told: they would be told that it recovered, and never from what.
    """
    pass_ends(now)
    rows = SocialNetwork.objects.filter(verified=True, status__in=REFRESHED, health=Health.HEALTHY)
    soon = rows.filter(expires_at__gt=now, expires_at__lte=now + WARN_AHEAD)
    with transaction.atomic():
        with audited(action="warn", by=None, reason="the connection ends soon"):
            marked = soon.update(health=Health.EXPIRING, health_since=now, last_updated=now)
        tell_of_ends(now)
    return marked
