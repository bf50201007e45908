"""Renewing credentials: ahead of their end, and when a provider refuses an access token that something can renew.

A renewal is claimed, the provider is called outside any transaction, and the result is written only over the version
it was made from. Whoever loses re-reads; nothing is overwritten with nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from connect import clock
from connect.audit.context import audited
from connect.clock import shared
from connect.database.retries import PATIENT, retried
from connect.due_work.leases import LeaseQuerySet, back_off
from connect.due_work.work import Claim, DueWork
from connect.moderation.workflow import REFRESHED, Health, HealthCause
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.budgets import spending, storms
from social_auth.budgets.spending import room_for_calls
from social_auth.credentials import rescue
from social_auth.credentials.ends import extend, keep_ends, later_ends
from social_auth.credentials.health import ALIVE, BROKEN, after_end, healed_by
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal_dates import JUST_NOW, can_be_renewed, may_ask_again, renewal_due
from social_auth.credentials.revocation import discard_sealed
from social_auth.credentials.tokens import access_token_of, secret_of
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Renewal
from social_auth.wire import http
from social_auth.wire.outcomes import (
    CalledDeadWithMany,
    Doubtful,
    HeldBack,
    OtherClient,
    Outcome,
    TokenDead,
    Unavailable,
)
from social_auth.wire.secret import Secret

T = TypeVar("T")
LEASE = timedelta(seconds=60)
"""Longer than any provider call may take: a renewer that died is replaced after that."""
ROUND = timedelta(seconds=60)
"""The time between two rounds of planning renewals."""
MOST = 20
"""How many of a network may be under way."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(hours=6)
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
logger = structlog.get_logger(__name__)


def renewable(network: str) -> LeaseQuerySet:
    """What can be renewed, of connections that are kept up to date."""
    rows = Credential.objects.filter(can_be_renewed(adapter_for(network), timezone.now()), provider=network)
    return rows.filter(network__verified=True, network__status__in=REFRESHED)


RENEWAL = DueWork(
    name="renewal",
    lanes=lambda now: Network.values,
    rows=renewable,
    room=lambda network, leased, now: room_for_calls(network, leased, now, most=MOST, ahead=ROUND),
    lease=lambda: LEASE,
)


def renew(pk: int) -> str:
    """Renew one credential, if that is due and nobody else does; return a word on what came of it."""
    network = Credential.objects.filter(pk=pk).values_list("provider", flat=True).first()
    claim = RENEWAL.claim_one(pk, network, timezone.now()) if network else None
    return work_off(claim) if claim else "in other hands"


def work_off(claim: Claim) -> str:
    """Renew what was claimed; return a word on what came of the last one, "in other hands" if nothing is held."""
    word = "in other hands"
    for credential in RENEWAL.begin(claim, timezone.now(), "network"):
        try:
            word = _renew(credential)
        except Outcome as outcome:
            word = _not_renewed(credential, outcome, timezone.now())
    return word


def with_living_token(credential: Credential, call: Callable[[str], T]) -> T:
    """Return what the call gives with the access token; one that is refused is renewed, and the call made once more.

    Raises an Outcome: TokenDead only if nothing can renew the token, or its provider refuses to.
    """
    try:
        return call(access_token_of(credential))
    except TokenDead:
        fresh = renew_refused(credential)
    try:
        return call(access_token_of(fresh))
    except TokenDead:
        raise Doubtful from None


def renew_refused(refused: Credential) -> Credential:
    """Answer a provider's "dead" about an access token with one renewal; return the credential that is there then.

    Of any number that meet the same refusal one renews. Raises TokenDead if nothing can renew it or the provider
    refuses to, and another Outcome if that is not known: then nobody may call the connection dead.
    """
    now = timezone.now()
    rows = renewable(refused.provider).filter(pk=refused.pk, version=refused.version)
    asked = rows.filter(may_ask_again(now))
    token, ids = asked.free(now).claim(most=1, now=now, lease=LEASE)
    if not ids:
        return _replacement(refused, being_renewed=asked.exists())
    Credential.objects.held(token).update(due_at=now)  # whoever dies over it leaves it due
    credential = Credential.objects.select_related("network").get(pk=refused.pk)
    try:
        word = _renew(credential)
    except TokenDead:
        if _is_one_of_many(credential, timezone.now()):
            _postpone(credential, storms.not_believed(), timezone.now())
            raise storms.not_believed() from None
        _give_back_refused(credential, timezone.now())
        raise
    except Outcome as outcome:
        _postpone(credential, outcome, timezone.now())
        raise Unavailable(f"not renewed: {outcome.detail}", retry_after=outcome.retry_after) from None
    return _replacement(refused, being_renewed=word == "overtaken")


def _replacement(refused: Credential, *, being_renewed: bool) -> Credential:
    """The credential that took the refused one's place; raises what it means that there is none."""
    current = Credential.objects.filter(pk=refused.pk).select_related("network").first()
    if current is None:
        raise Unavailable("disconnected meanwhile")
    if current.version != refused.version:
        return current
    if being_renewed:
        raise Unavailable("somebody else is renewing it", retry_after=int(LEASE.total_seconds()))
    if current.was_renewed_since(timezone.now() - JUST_NOW):
        raise Doubtful
    raise TokenDead("nothing can renew it")


def _renew(credential: Credential) -> str:
    """Ask the provider under the claim that is held, and write what it gives; raises an Outcome."""
    network = credential.provider
    renewed = rescue.found(credential)
    if renewed is None:
        _wait_for_who_asked(credential)
        http.release_database()
        renewed = _asked(credential)
        rescue.keep(credential, renewed)
    word = retried(lambda: _keep(credential, renewed, timezone.now()), pauses=PATIENT, within=None)
    rescue.forget(credential)
    storms.count(network, calls=int(_tally(network) is storms.READINGS), ends=0, renewed=1, now=timezone.now())
    return word


def _wait_for_who_asked(credential: Credential) -> None:
    """Raise HeldBack while whoever asked last may be alive and hold the answer, which could not be kept aside.

    Writing takes longer than a lease if the database is away; asked once more, the provider would end what it gave.
    """
    if credential.asked_at is None or adapter_for(credential.provider).renewal != Renewal.ROTATING:
        return
    earliest = shared(timezone.now()) - timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
    if Credential.objects.filter(pk=credential.pk, asked_at__gt=earliest).exists():
        raise HeldBack("whoever asked last may be writing the answer", retry_after=int(LEASE.total_seconds()))


def _tally(network: str) -> storms.Verdicts:
    """Among which verdicts that provider's refusals to renew count."""
    return storms.READINGS if adapter_for(network).needs_token else storms.RENEWALS


def _asked(credential: Credential) -> Credential:
    """Let the provider renew; return what is to be stored in place of the old, sealed. Raises an Outcome."""
    adapter, now = adapter_for(credential.provider), timezone.now()
    secret = secret_of(credential)
    if http.seconds_left() < http.DEADLINE:  # cut short, a rotated token would be spent and its successor never heard
        raise HeldBack("no time left for a whole call")
    adapter.breaker.check()
    spending.take(credential.provider, calls=1, units=0, now=now)
    if not Credential.objects.held(credential.lease_token).filter(pk=credential.pk).update(asked_at=shared(now)):
        raise HeldBack("the claim was lost")
    http.release_database()
    try:
        tokens = adapter.renew(secret)
    except OtherClient as outcome:  # once it was ours: our settings changed
        raise adapter.our_fault(outcome.detail) from None
    renewed = Credential(pk=credential.pk, provider=credential.provider, obtained_at=timezone.now())
    renewed.seal(Secret(tokens.access_token, tokens.refresh_token or secret.refresh_token))
    for name, end in later_ends(adapter, credential, tokens, timezone.now()).items():
        setattr(renewed, name, end)
    return renewed


@transaction.atomic
def _keep(credential: Credential, renewed: Credential, now: datetime) -> str:
    """Write the new tokens over the version they were made from; else they are nobody's and are revoked."""
    # the network first, as everybody who disconnects or connects does
    network = SocialNetwork.objects.select_for_update(no_key=True).filter(pk=credential.pk).first()
    if not _written(credential, renewed, now):
        if Credential.objects.filter(pk=credential.pk, access_cipher=renewed.access_cipher).exists():
            return "renewed"
        if not (_passed_on(credential, renewed) or _holds_refresh_token(renewed)):
            discard_sealed(renewed, (network and network.provider_uid) or "")
        return "overtaken"
    if network:
        extend(network, renewed, now)
    if network and network.health not in ALIVE:
        _let_heal(credential, now)
    return "renewed"


def _let_heal(credential: Credential, now: datetime) -> None:
    """A broken connection lives again where our own keys read it; elsewhere a reading with the new token will say so.

    A provider may renew for an account that it closed, and refuse each token that it gives.
    """
    broken = SocialNetwork.objects.filter(healed_by(HealthCause.CREDENTIAL), pk=credential.pk)
    if adapter_for(credential.provider).needs_token:
        broken.filter(next_refresh_at__gt=now).update(next_refresh_at=now)
        return
    with audited(action="renew", by=None):
        broken.update(health=Health.HEALTHY, health_since=now, health_cause="", last_updated=now)


def _passed_on(credential: Credential, renewed: Credential) -> bool:
    """Whether the new refresh token took the place of the spent one, which a connect without one kept meanwhile."""
    rows = Credential.objects.filter(pk=credential.pk, refresh_cipher=credential.refresh_cipher)
    spent = rows.exclude(refresh_cipher="").exclude(version=credential.version)
    return bool(
        spent.update(
            refresh_cipher=renewed.refresh_cipher,
            refresh_key_id=renewed.refresh_key_id or renewed.key_id,
            refresh_digest=renewed.refresh_digest,
            refresh_prefix_digest=renewed.refresh_prefix_digest,
            grant_ends_at=renewed.grant_ends_at,
            asked_at=None,
            version=F("version") + 1,
        )
    )


def _holds_refresh_token(renewed: Credential) -> bool:
    """Whether the connection has the new refresh token: it was passed on, in a COMMIT whose answer was lost."""
    rows = Credential.objects.filter(pk=renewed.pk, refresh_digest=renewed.refresh_digest)
    return rows.exclude(refresh_digest="").exists()


def _written(credential: Credential, renewed: Credential, now: datetime) -> bool:
    """Write over what the renewal was made from: under our claim, or, if that ended meanwhile, while it is untouched.

    Whoever claimed it since can only spend a token that is spent.
    """
    adapter = adapter_for(credential.provider)
    claimed = Q(lease_token=credential.lease_token, lease_until__isnull=False)
    untouched = Q(access_cipher=credential.access_cipher, refresh_cipher=credential.refresh_cipher)
    rows = Credential.objects.filter(claimed | untouched, pk=credential.pk, version=credential.version)
    return bool(
        rows.update(
            **renewed.sealed(),
            expires_at=renewed.expires_at,
            grant_ends_at=renewed.grant_ends_at,
            data_access_ends_at=renewed.data_access_ends_at,
            obtained_at=renewed.obtained_at,
            renewed_at=shared(now),
            asked_at=None,
            refused_at=None,
            unbelieved_at=None,
            version=F("version") + 1,
            due_at=renewal_due(adapter, renewed, now, renewed=True),
            lease_until=None,
            failures=0,
        )
    )


def _not_renewed(credential: Credential, outcome: Outcome, now: datetime) -> str:
    """Take the provider's "dead" for true unless it says so of too many; postpone after anything else."""
    if not isinstance(outcome, TokenDead):
        return _postpone(credential, outcome, now)
    if _tally(credential.provider) is storms.READINGS:
        storms.count(credential.provider, calls=1, ends=_is_news(credential, now), now=now)
    if _is_one_of_many(credential, now):
        return _postpone(credential, storms.not_believed(), now)
    return _refused(credential, now)


def _is_one_of_many(credential: Credential, now: datetime) -> bool:
    """Whether its provider refuses to renew so many that none of that is believed; counts this one among them.

    Where readings need the token they count it, of those that they read.
    """
    tally = _tally(credential.provider)
    if tally is storms.RENEWALS:
        storms.count(credential.provider, calls=0, ends=0, refused=_is_news(credential, now), now=now)
    if credential.network.health in BROKEN or storms.outlasts(credential.unbelieved_at, now):
        return False
    return storms.is_storm(credential.provider, now, tally)


def _is_news(credential: Credential, now: datetime) -> int:
    """1 for a refusal that was not believed before, or not for long enough: an old one said again is no news."""
    known = credential.refused_at is not None or storms.outlasts(credential.unbelieved_at, now)
    return int(credential.network.health in ALIVE and not known)


def _postpone(credential: Credential, outcome: Outcome, now: datetime) -> str:
    """Try again later; whether the provider spent the refresh token over an answer that never came, nobody knows."""
    held = Credential.objects.filter(pk=credential.pk, version=credential.version)
    wait = max(
        back_off(credential.failures, first=FIRST_WAIT, most=LONGEST_WAIT), timedelta(seconds=outcome.retry_after or 0)
    )
    if isinstance(outcome, HeldBack):
        done = held.hold_back(credential.lease_token, now + timedelta(seconds=outcome.retry_after or 60))
    else:
        many = isinstance(outcome, CalledDeadWithMany)
        unbelieved = {"unbelieved_at": credential.unbelieved_at or now} if many else {}
        # of an answer that was heard nothing is lost; whether an earlier one was, it does not say
        heard = {} if outcome.unheard else {"asked_at": credential.asked_at}
        done = held.postpone(credential.lease_token, now + wait, **unbelieved, **heard)
    return "postponed" if done else "overtaken"


def _refused(credential: Credential, now: datetime) -> str:
    """The provider refuses to renew. If somebody renewed it meanwhile, that was about the old one.

    An access token that is not over yet may go on working: reading decides then, and the connection ends with it.
    """
    network, adapter = credential.network, adapter_for(credential.provider)
    lives_on = adapter.needs_token and credential.expires_at is not None and credential.expires_at > now
    changes, again = ({}, None) if lives_on else after_end(network, now, HealthCause.CREDENTIAL)
    if not _give_back_refused(credential, now, again):
        return "overtaken"
    rows = SocialNetwork.objects.filter(pk=credential.pk, verified=True)
    if lives_on:
        rows.filter(next_refresh_at__gt=now, health__in=(Health.HEALTHY, Health.EXPIRING)).update(next_refresh_at=now)
    elif changes:
        with audited(action="renew", by=None, reason="the provider refuses to renew it"):
            rows.update(**changes, last_updated=now)
    return "refused"


def _give_back_refused(credential: Credential, now: datetime, again: datetime | None = None) -> bool:
    """Note that the provider refuses to renew, and that with it an earlier renewal may be lost; False if overtaken."""
    held = Credential.objects.filter(pk=credential.pk, version=credential.version)
    wait = WEEKLY if credential.network.health in BROKEN else DAILY
    noted: dict[str, Any] = {"refused_at": shared(now), "asked_at": None}
    if credential.was_refused_before(clock.moment(now) - settings.CONNECT_CONFIRM_DEAD_AFTER):
        noted["grant_ends_at"] = shared(now)  # said twice: then its owner is warned of what is left
    if not held.postpone(credential.lease_token, again or now + wait, **noted):
        return False
    keep_ends(credential.pk, now)
    if credential.asked_at is not None:  # asked before, and nothing was written: the answer may have held the next one
        logger.error("a renewal was answered and its answer lost", network=credential.provider)
        storms.count(credential.provider, calls=0, ends=0, lost=1, now=now)
    return True
