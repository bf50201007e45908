"""Renewing credentials ahead of their end, by each provider's model: one renewer at a time, persisted before use.

A renewal is claimed by a conditional update, the provider is called outside any transaction, and the result is written
only over the version it was made from. Whoever loses re-reads; nothing is overwritten with nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from connect.audit import audited
from connect.retrying import retried
from connect.workflow import Health, HealthCause
from networks.models import SocialNetwork
from social_auth import budgets, http, storms
from social_auth.health import BROKEN, after_end, healed_by
from social_auth.models import Credential, CredentialQuerySet, Secret
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


def can_renew(adapter: Adapter, now: datetime) -> Q:
    """Which credentials of that provider can be renewed at all."""
    if adapter.renewal != Renewal.EXTEND:
        return ~Q(refresh_cipher="")
    alive = Q(expires_at__gt=now) | Q(expires_at__isnull=True, obtained_at__lte=now - DAILY)
    return alive & Q(obtained_at__lte=now - adapter.renew_min_age)


def reasons(adapter: Adapter, now: datetime) -> list[Q]:
    """Why a credential is to be renewed now: its end is near, or is not known. Each has its index.

    Where numbers are read by our own keys a token may end: renewing once a week keeps the grant in use, and tells
    whether it is still there. Only a listing that is still to be made needs a token that lives.
    """
    ends = Q(expires_at__lte=now + adapter.renew_ahead)
    if not adapter.needs_token:
        return [Q(obtained_at__lte=now - WEEKLY), ends & Q(network__discovery__due_at__lte=now + DAILY)]
    return [ends, Q(expires_at__isnull=True)] if adapter.renewal == Renewal.EXTEND else [ends]


def renewable(adapter: Adapter, now: datetime) -> CredentialQuerySet:
    """What can be renewed and nobody is renewing, of connections that are kept up to date."""
    free = Q(renewing_until__isnull=True) | Q(renewing_until__lte=now)
    rows = Credential.objects.filter(can_renew(adapter, now), free, provider=adapter.network)
    return rows.filter(network__verified=True, network__status__in=REFRESHED)


def due(now: datetime) -> Iterator[int]:
    """Ids of credentials to be renewed, as many as the budget has room for until the next round."""
    for adapter in ADAPTERS.values():
        room = budgets.available(adapter.network, now, ahead=ROUND, free=True)
        order = "expires_at" if adapter.needs_token else "obtained_at"
        found: dict[int, None] = {}
        for reason in reasons(adapter, now):
            rows = renewable(adapter, now).filter(reason).order_by(order)
            found |= dict.fromkeys(rows.values_list("pk", flat=True)[:room])
        yield from list(found)[:room]


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
    renewed = Credential(pk=credential.pk)  # sealed once: a second try must know its own first one again
    renewed.seal(_secret(credential, tokens))
    word = retried(lambda: _keep(credential, renewed, tokens, timezone.now()))
    storms.count(network, calls=1, ends=0, renewed=1, now=timezone.now())
    return word


def _secret(credential: Credential, tokens: Tokens) -> Secret:
    """What the provider gave, with the refresh token that is there if it gave none."""
    if tokens.secret.refresh_token:
        return tokens.secret
    return tokens.secret.with_refresh_token(credential.refresh_token_if_any())


def _claimed(pk: int, now: datetime) -> Credential | None:
    """Take the credential for a minute; None if it is not due, gone, or somebody else's."""
    network = SocialNetwork.objects.filter(pk=pk).values_list("network", flat=True).first()
    if network is None:
        return None
    adapter = adapter_for(network)
    rows = renewable(adapter, now).filter(reduce(or_, reasons(adapter, now)), pk=pk)
    if not Credential.objects.filter(pk__in=rows.values("pk")).update(renewing_until=now + CLAIM):
        return None
    return Credential.objects.select_related("network").filter(pk=pk, renewing_until=now + CLAIM).first()


def _still_claimed(credential: Credential) -> CredentialQuerySet:
    """The row, if it is what was claimed: not renewed, not replaced, not given to another renewer since."""
    return Credential.objects.filter(
        pk=credential.pk, version=credential.version, renewing_until=credential.renewing_until
    )


@transaction.atomic
def _keep(credential: Credential, renewed: Credential, tokens: Tokens, now: datetime) -> str:
    """Write the new tokens over the claim they were made under; else they are nobody's and are revoked."""
    network = credential.network
    # the network first, as everybody who disconnects or connects does
    SocialNetwork.objects.select_for_update(no_key=True).filter(pk=network.pk).first()
    ends = tokens.expires_at or credential.expires_at
    long_enough = ends is not None and ends > now + adapter_for(network.network).renew_ahead
    written = _still_claimed(credential).update(
        **renewed.sealed(),
        expires_at=ends,
        obtained_at=now,
        renewing_until=None if long_enough else now + SHORT_LIFE_PAUSE,
        version=F("version") + 1,
    )
    if not written and not Credential.objects.filter(pk=credential.pk, access_cipher=renewed.access_cipher).exists():
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
        ending = Credential.objects.filter(provider=adapter.network, expires_at__lte=now + WARN_AHEAD)
        ending = ending.exclude(can_renew(adapter, now))
        rows = SocialNetwork.objects.filter(health=Health.HEALTHY, verified=True, pk__in=ending.values("pk"))
        with audited(action="warn", by=None, reason="the credential ends soon"):
            marked += rows.update(health=Health.EXPIRING, health_since=now, last_updated=now)
    return marked
