"""When connections end: the first end, given or documented by the provider, that only the owner can extend."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from connect.audit.context import audited
from connect.moderation.workflow import REFRESHED, Health
from networks.models import Ending, SocialNetwork
from social_auth.credentials.models import Credential
from social_auth.credentials.warnings import write_warnings
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Renewal

WARN_AHEAD = timedelta(days=14)
SHOWN = ("health", "expires_at", "expires_what")
SAME = timedelta(hours=1)
"""Providers give a fixed end as seconds from now, so it varies a little: a smaller difference is the same end."""


def later_ends(adapter: Adapter, credential: Credential, tokens: Any, now: datetime) -> dict[str, datetime | None]:
    """The ends of a credential after a renewal, by column; `told` are the tokens that the provider gave."""
    grant = tokens.grant_ends_at
    if grant is None:
        grant = now + adapter.grant_life if adapter.grant_life and adapter.grant_renews else credential.grant_ends_at
    if grant is not None and grant <= now:
        grant = None  # we took it for over, but the provider has just renewed it
    return {
        "expires_at": tokens.expires_at or credential.expires_at,
        "grant_ends_at": _same(credential.grant_ends_at, grant),
        "data_access_ends_at": _same(
            credential.data_access_ends_at, tokens.data_access_ends_at or credential.data_access_ends_at
        ),
    }


def first_ends(adapter: Adapter, proof: Any, now: datetime) -> dict[str, datetime | None]:
    """The ends of a credential that was just proven; a grant without an end gets the documented one."""
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
    """The first end that only the owner can extend, and what ends; None and "" if none is known.

    An access token without an end, which nothing renews, lives as long as documented, from when we got it. After a
    grant has ended or was refused twice, the connection ends with the last access token.
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
    """Write on the record when the connection ends, after its credential changed or an end passed.

    Locks the record first, as a connect does: the end of an old credential must not overwrite that of a new one.
    """
    network = SocialNetwork.objects.select_for_update(no_key=True).only(*SHOWN).filter(pk=pk).first()
    credential = Credential.objects.filter(pk=pk).first()
    if network and credential:
        show_end(network, credential, now)


def show_end(network: SocialNetwork, credential: Credential, now: datetime) -> tuple[datetime | None, str]:
    """Write on the record when the connection ends, and what ends; return both.

    The caller has locked the record, and the credential is its current one.
    """
    end, of_what = first_end(adapter_for(credential.provider), credential, now)
    if (network.expires_at, network.expires_what) != (end, of_what):
        SocialNetwork.objects.filter(pk=network.pk).update(expires_at=end, expires_what=of_what)
    return end, of_what


def extend(network: SocialNetwork, credential: Credential, now: datetime) -> None:
    """Write the end after a renewal; a connection that no longer ends soon is healthy again.

    Only a renewal may heal: when an end passes or a grant is refused, the next end is later or unknown, and the owner
    would be told that the connection recovered just when it broke.
    """
    end, _ = show_end(network, credential, now)
    if network.health == Health.EXPIRING and (end is None or end > now + WARN_AHEAD):
        with audited(action="renew", by=None):
            SocialNetwork.objects.filter(pk=network.pk).update(
                health=Health.HEALTHY, health_since=now, last_updated=now
            )


def pass_ends(now: datetime) -> None:
    """For connections whose end has passed, write their next end, and read them at once to see if they still work."""
    passed = SocialNetwork.objects.filter(expires_at__lte=now).exclude(expires_what=Ending.ACCESS_TOKEN)
    for pk in passed.values_list("pk", flat=True):
        keep_ends(pk, now)
        SocialNetwork.objects.filter(pk=pk, next_refresh_at__gt=now).update(next_refresh_at=now)


def warn_of_ends(now: datetime) -> int:
    """Mark connections as expiring that end soon unless their owner acts, and write the warnings; return how many.

    Both in one transaction: a creator who was marked and never warned would later hear of a recovery from nothing.
    """
    pass_ends(now)
    rows = SocialNetwork.objects.filter(verified=True, status__in=REFRESHED, health=Health.HEALTHY)
    soon = rows.filter(expires_at__gt=now, expires_at__lte=now + WARN_AHEAD)
    with transaction.atomic():
        with audited(action="warn", by=None, reason="the connection ends soon"):
            marked = soon.update(health=Health.EXPIRING, health_since=now, last_updated=now)
        write_warnings(now)
    return marked
