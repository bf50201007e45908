"""Renewing credentials ahead of their end, by each provider's model: one renewer at a time, persisted before use.

A renewal is claimed by a conditional update, the provider is called outside any transaction, and the result is written
only over the version it was made from. Whoever loses re-reads; nothing is overwritten with nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from connect.audit import audited
from connect.retrying import retried
from connect.workflow import Health, HealthCause
from networks.models import SocialNetwork
from social_auth import budgets, http, storms
from social_auth.health import BROKEN, after_end, healed_by
from social_auth.models import Credential, CredentialQuerySet
from social_auth.outcomes import OurFault, Outcome, TokenDead, Unavailable
from social_auth.planning import REFRESHED
from social_auth.providers import ADAPTERS, adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Renewal, Tokens
from social_auth.revocation import discard
from social_auth.vault import Undecipherable

CLAIM = timedelta(seconds=60)
"""Longer than any provider call may take: a renewer that died is replaced after that."""
WARN_AHEAD = timedelta(days=14)
RETRY = timedelta(minutes=10)
SHORT_LIFE_PAUSE = timedelta(hours=6)
"""Before a credential is renewed again that renewing gave no later end, or none that is known."""
DAILY = timedelta(days=1)
WEEKLY = timedelta(days=7)
ROUND = timedelta(seconds=60)
"""The time between two rounds of planning renewals."""


def renewable(adapter: Adapter, now: datetime) -> CredentialQuerySet:
    """Credentials of that provider that can be renewed at all."""
    rows = Credential.objects.filter(
        network__network=adapter.network, network__verified=True, network__status__in=REFRESHED
    )
    if adapter.renewal == Renewal.EXTEND:
        alive = Q(expires_at__gt=now) | Q(expires_at__isnull=True, obtained_at__lte=now - DAILY)
        return rows.filter(alive, obtained_at__lte=now - adapter.renew_min_age)
    return rows.exclude(refresh_cipher="")


def near(adapter: Adapter, now: datetime) -> CredentialQuerySet:
    """Of those, the ones whose end is near, or not known, and that nobody is renewing.

    Where numbers are read by our own keys a token may end: renewing once a week keeps the grant in use, and tells
    whether it is still there.
    """
    rows = renewable(adapter, now).filter(Q(renewing_until__isnull=True) | Q(renewing_until__lte=now))
    if not adapter.needs_token:
        return rows.filter(obtained_at__lte=now - WEEKLY)
    ends = Q(expires_at__lte=now + adapter.renew_ahead)
    if adapter.renewal == Renewal.EXTEND:
        ends |= Q(expires_at__isnull=True)
    return rows.filter(ends)


def due(now: datetime) -> Iterator[int]:
    """Ids of credentials to be renewed, nearest end first, as many as the budget has room for until the next round."""
    for adapter in ADAPTERS.values():
        room = budgets.available(adapter.network, now, ahead=ROUND)
        rows = near(adapter, now).order_by("expires_at" if adapter.needs_token else "obtained_at")
        yield from rows.values_list("pk", flat=True)[:room]


def renew(pk: int) -> str:
    """Renew one credential, if that is due and nobody else does; return a word on what came of it."""
    credential = _claimed(pk, timezone.now())
    if credential is None:
        return "in other hands"
    network = credential.network.network
    http.release_database()
    try:
        budgets.take(network, calls=1, units=0, now=timezone.now())
        tokens = adapter_for(network).renew(credential.open())
    except (Outcome, Undecipherable) as error:
        outcome = error if isinstance(error, Outcome) else OurFault("a credential does not open")
        return _not_renewed(credential, outcome, timezone.now())
    storms.count(network, calls=1, ends=0, renewed=1, now=timezone.now())
    return retried(lambda: _keep(credential, tokens, timezone.now()))


def _claimed(pk: int, now: datetime) -> Credential | None:
    """Take the credential for a minute; None if it is not due, gone, or somebody else's."""
    network = SocialNetwork.objects.filter(pk=pk).values_list("network", flat=True).first()
    if network is None or not near(adapter_for(network), now).filter(pk=pk).update(renewing_until=now + CLAIM):
        return None
    return Credential.objects.select_related("network").filter(pk=pk, renewing_until=now + CLAIM).first()


def _still_claimed(credential: Credential) -> CredentialQuerySet:
    """The row, if it is what was claimed: not renewed, not replaced, not given to another renewer since."""
    return Credential.objects.filter(
        pk=credential.pk, version=credential.version, renewing_until=credential.renewing_until
    )


@transaction.atomic
def _keep(credential: Credential, tokens: Tokens, now: datetime) -> str:
    """Write the new tokens over the claim they were made under; else they are nobody's and are revoked."""
    network = credential.network
    # the network first, as everybody who disconnects or connects does
    SocialNetwork.objects.select_for_update(no_key=True).filter(pk=network.pk).first()
    secret = tokens.secret
    if not secret.refresh_token:
        secret = secret.with_refresh_token(credential.refresh_token_if_any())
    renewed = Credential(pk=credential.pk)
    renewed.seal(secret)
    ends = tokens.expires_at or credential.expires_at
    long_enough = ends is not None and ends > now + adapter_for(network.network).renew_ahead
    written = _still_claimed(credential).update(
        **renewed.sealed(),
        expires_at=ends,
        obtained_at=now,
        renewing_until=None if long_enough else now + SHORT_LIFE_PAUSE,
        version=F("version") + 1,
    )
    if not written:
        discard(network.network, tokens.secret, network.provider_uid or "")
        return "overtaken"
    with audited(action="renew", by=None):
        cured = SocialNetwork.objects.filter(healed_by(HealthCause.CREDENTIAL), pk=network.pk)
        cured.update(health=Health.HEALTHY, health_since=now, health_cause="", last_updated=now)
    return "renewed"


def _not_renewed(credential: Credential, outcome: Outcome, now: datetime) -> str:
    """Take the provider's "dead" for true unless it says so of too many; postpone after anything else."""
    network = credential.network
    dead = isinstance(outcome, TokenDead)
    new = dead and network.health in (Health.HEALTHY, Health.EXPIRING)
    storms.count(network.network, calls=int(not isinstance(outcome, Unavailable)), ends=int(new), now=now)
    if dead and network.health not in BROKEN and storms.rages(network.network, now):
        outcome = Unavailable("too many called dead", retry_after=int(storms.CALM.total_seconds()))
    if isinstance(outcome, TokenDead):
        return _refused(credential, now)
    wait = outcome.retry_after if isinstance(outcome, Unavailable) and outcome.retry_after else RETRY.seconds
    _still_claimed(credential).update(renewing_until=now + timedelta(seconds=wait))
    return "postponed"


def _refused(credential: Credential, now: datetime) -> str:
    """The provider calls the credential dead. If somebody renewed it meanwhile, that was about the old one."""
    changes, again = after_end(credential.network, now, HealthCause.CREDENTIAL)
    if not _still_claimed(credential).update(renewing_until=again or now + DAILY):
        return "overtaken"
    if changes:
        with audited(action="renew", by=None, reason="the provider refuses to renew it"):
            SocialNetwork.objects.filter(pk=credential.pk, verified=True).update(**changes, last_updated=now)
    return "refused"


def warn_of_ends(now: datetime) -> int:
    """Mark as expiring what will end and cannot be renewed, where numbers are read with it; return how many."""
    marked = 0
    for adapter in ADAPTERS.values():
        if not adapter.needs_token:
            continue
        ending = Credential.objects.filter(network__network=adapter.network, expires_at__lte=now + WARN_AHEAD)
        ending = ending.exclude(Exists(renewable(adapter, now).filter(pk=OuterRef("pk"))))
        rows = SocialNetwork.objects.filter(health=Health.HEALTHY, verified=True, pk__in=ending.values("pk"))
        with audited(action="warn", by=None, reason="the credential ends soon"):
            marked += rows.update(health=Health.EXPIRING, health_since=now, last_updated=now)
    return marked
