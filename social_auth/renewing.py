"""Renewing credentials ahead of their end, by each provider's model: one renewer at a time, persisted before use.

A renewal is claimed by a conditional update, the provider is called outside any transaction, and the result is written
only over the version it was made from. Whoever loses re-reads; nothing is overwritten with nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from connect.audit import audited
from connect.workflow import Health
from networks.models import SocialNetwork
from social_auth import http
from social_auth.health import after_end
from social_auth.models import Credential, CredentialQuerySet
from social_auth.outcomes import OurFault, Outcome, TokenDead, Unavailable
from social_auth.providers import ADAPTERS, adapter_for
from social_auth.providers.base import Adapter, Renewal, Tokens
from social_auth.refreshing import REFRESHED
from social_auth.revocation import discard
from social_auth.vault import Undecipherable

CLAIM = timedelta(seconds=60)
"""Longer than any provider call may take: a renewer that died is replaced after that."""
WARN_AHEAD = timedelta(days=14)
RETRY = timedelta(minutes=10)
DAILY = timedelta(days=1)


def renewable(adapter: Adapter, now: datetime) -> CredentialQuerySet:
    """Credentials of that provider that can be renewed at all."""
    rows = Credential.objects.filter(
        network__network=adapter.network, network__verified=True, network__status__in=REFRESHED
    )
    if adapter.renewal == Renewal.EXTEND:
        return rows.filter(expires_at__gt=now, obtained_at__lte=now - adapter.renew_min_age)
    return rows.exclude(refresh_cipher="")


def due(now: datetime, most: int = 500) -> Iterator[int]:
    """Ids of credentials whose end is near and that nobody is renewing, nearest first."""
    free = Q(renewing_until__isnull=True) | Q(renewing_until__lte=now)
    for adapter in ADAPTERS.values():
        near = renewable(adapter, now).filter(free, expires_at__lte=now + adapter.renew_ahead)
        yield from near.order_by("expires_at").values_list("pk", flat=True)[:most]


def renew(pk: int) -> str:
    """Renew one credential; return a word on what came of it."""
    now = timezone.now()
    free = Q(renewing_until__isnull=True) | Q(renewing_until__lte=now)
    if not Credential.objects.filter(free, pk=pk).update(renewing_until=now + CLAIM):
        return "in other hands"
    credential = Credential.objects.select_related("network").get(pk=pk)
    http.release_database()
    try:
        tokens = adapter_for(credential.network.network).renew(credential.open())
    except TokenDead:
        return _refused(credential, timezone.now())
    except (Outcome, Undecipherable) as error:
        outcome = error if isinstance(error, Outcome) else OurFault("a credential does not open")
        return _postponed(credential, outcome, timezone.now())
    return _keep(credential, tokens, timezone.now())


@transaction.atomic
def _keep(credential: Credential, tokens: Tokens, now: datetime) -> str:
    """Write the new tokens over the version they were made from; else they are nobody's and are revoked."""
    old = credential.open()
    credential.seal(tokens.secret if tokens.refresh_token else tokens.secret.with_refresh_token(old.refresh_token))
    written = Credential.objects.filter(pk=credential.pk, version=credential.version).update(
        access_cipher=credential.access_cipher,
        refresh_cipher=credential.refresh_cipher,
        key_id=credential.key_id,
        expires_at=tokens.expires_at or credential.expires_at,
        obtained_at=now,
        renewing_until=None,
        version=F("version") + 1,
    )
    network = credential.network
    if not written:
        discard(network.network, tokens.secret, network.provider_uid or "")
        return "overtaken"
    cured = SocialNetwork.objects.filter(pk=network.pk).exclude(health=Health.HEALTHY)
    with audited(action="renew", by=None):
        cured.update(health=Health.HEALTHY, health_since=now, last_updated=now)
    return "renewed"


def _refused(credential: Credential, now: datetime) -> str:
    """The provider calls the credential dead. If somebody renewed it meanwhile, that was about the old one."""
    changes, again = after_end(credential.network, now)
    held = Credential.objects.filter(pk=credential.pk, version=credential.version)
    if not held.update(renewing_until=again or now + DAILY):
        return "overtaken"
    if changes:
        with audited(action="renew", by=None, reason="the provider refuses to renew it"):
            SocialNetwork.objects.filter(pk=credential.pk, verified=True).update(**changes, last_updated=now)
    return "refused"


def _postponed(credential: Credential, outcome: Outcome, now: datetime) -> str:
    wait = outcome.retry_after if isinstance(outcome, Unavailable) and outcome.retry_after else RETRY.seconds
    held = Credential.objects.filter(pk=credential.pk, version=credential.version)
    held.update(renewing_until=now + timedelta(seconds=wait))
    return "postponed"


def warn_of_ends(now: datetime) -> int:
    """Mark as expiring what will end and cannot be renewed, where numbers are read with it; return how many."""
    marked = 0
    for adapter in ADAPTERS.values():
        if not adapter.needs_token:
            continue
        ending = Credential.objects.filter(network__network=adapter.network, expires_at__lte=now + WARN_AHEAD)
        ending = ending.exclude(pk__in=renewable(adapter, now).values("pk"))
        rows = SocialNetwork.objects.filter(health=Health.HEALTHY, verified=True, pk__in=ending.values("pk"))
        with audited(action="warn", by=None, reason="the credential ends soon"):
            marked += rows.update(health=Health.EXPIRING, health_since=now, last_updated=now)
    return marked
