"""Renews credentials: before they end, and when a provider refuses an access token.

A renewal is claimed, the provider is called outside any transaction, and the result is written only over the version
that it was made from.
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
"""Longer than any provider call may take: after it, another worker may renew in place of one that died."""
ROUND = timedelta(seconds=60)
"""The time between two rounds of planning renewals."""
MAX_RUNNING = 20
"""Renewals of a network at the same time."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(hours=6)
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
logger = structlog.get_logger(__name__)


def renewable(network: str) -> LeaseQuerySet:
    """The credentials that can be renewed, of connections that are being refreshed."""
    rows = Credential.objects.filter(can_be_renewed(adapter_for(network), timezone.now()), provider=network)
    return rows.filter(network__verified=True, network__status__in=REFRESHED)


RENEWAL = DueWork(
    name="renewal",
    lanes=lambda now: Network.values,
    rows=renewable,
    room=lambda network, leased, now: room_for_calls(network, leased, now, most=MAX_RUNNING, ahead=ROUND),
    lease=lambda: LEASE,
)


def renew(pk: int) -> str:
    """Renew one credential, if it is due and no other worker has it; return a word for the result."""
    network = Credential.objects.filter(pk=pk).values_list("provider", flat=True).first()
    claim = RENEWAL.claim_one(pk, network, timezone.now()) if network else None
    return work_off(claim) if claim else "in other hands"


def work_off(claim: Claim) -> str:
    """Renew what was claimed; return a word for the last result, "in other hands" if the claim was lost."""
    word = "in other hands"
    for credential in RENEWAL.begin(claim, timezone.now(), "network"):
        try:
            word = _renew(credential)
        except Outcome as outcome:
            word = _not_renewed(credential, outcome, timezone.now())
    return word


def with_living_token(credential: Credential, call: Callable[[str], T]) -> T:
    """Make the call with the access token; if that is refused, renew it and make the call once more.

    Raises an Outcome: TokenDead only if nothing can renew the token, or the provider refuses to.
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
    """Renew a credential whose access token a provider refused; return the credential that replaces it.

    Of any number of workers that meet the same refusal, one renews. Raises TokenDead if nothing can renew it or the
    provider refuses to, and another Outcome if that is not known: then the connection must not be called dead.
    """
    now = timezone.now()
    rows = renewable(refused.provider).filter(pk=refused.pk, version=refused.version)
    worth_asking = rows.filter(may_ask_again(now))
    token, ids = worth_asking.free(now).claim(most=1, now=now, lease=LEASE)
    if not ids:
        return _replacement(refused, being_renewed=worth_asking.exists())
    Credential.objects.held(token).update(due_at=now)  # so that it is due again if this worker dies
    credential = Credential.objects.select_related("network").get(pk=refused.pk)
    try:
        word = _renew(credential)
    except TokenDead:
        if _is_in_a_storm(credential, timezone.now()):
            _postpone(credential, storms.not_believed(), timezone.now())
            raise storms.not_believed() from None
        _note_refusal(credential, timezone.now())
        raise
    except Outcome as outcome:
        _postpone(credential, outcome, timezone.now())
        raise Unavailable(f"not renewed: {outcome.detail}", retry_after=outcome.retry_after) from None
    return _replacement(refused, being_renewed=word == "overtaken")


def _replacement(refused: Credential, *, being_renewed: bool) -> Credential:
    """The credential that has replaced the refused one; raises the Outcome that follows if there is none."""
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
    """Call the provider under our claim, and write the new tokens; raises an Outcome."""
    network = credential.provider
    renewed = rescue.find(credential)
    if renewed is None:
        _refuse_while_another_may_write(credential)
        http.release_database()
        renewed = _ask_provider(credential)
        rescue.keep(credential, renewed)
    word = retried(lambda: _write_renewed(credential, renewed, timezone.now()), pauses=PATIENT, within=None)
    rescue.forget(credential)
    storms.count(network, calls=int(_verdicts_of(network) is storms.READINGS), ends=0, renewed=1, now=timezone.now())
    return word


def _refuse_while_another_may_write(credential: Credential) -> None:
    """Raise HeldBack while an earlier worker may still be alive and have new tokens that Redis does not.

    While the database is away, writing takes longer than a lease. Asked once more, the provider would invalidate the
    tokens that the earlier worker got.
    """
    if credential.asked_at is None or adapter_for(credential.provider).renewal != Renewal.ROTATING:
        return
    earliest = shared(timezone.now()) - timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
    if Credential.objects.filter(pk=credential.pk, asked_at__gt=earliest).exists():
        raise HeldBack("whoever asked last may be writing the answer", retry_after=int(LEASE.total_seconds()))


def _verdicts_of(network: str) -> storms.Verdicts:
    """The kind of verdict that this provider's refusals to renew are counted as."""
    return storms.READINGS if adapter_for(network).needs_token else storms.RENEWALS


def _ask_provider(credential: Credential) -> Credential:
    """Let the provider renew; return the new credential, sealed and not saved. Raises an Outcome."""
    adapter, now = adapter_for(credential.provider), timezone.now()
    secret = secret_of(credential)
    if http.seconds_left() < http.DEADLINE:  # a call that is cut off spends a rotating token and loses its successor
        raise HeldBack("no time left for a call")
    adapter.breaker.check()
    spending.take(credential.provider, calls=1, units=0, now=now)
    if not Credential.objects.held(credential.lease_token).filter(pk=credential.pk).update(asked_at=shared(now)):
        raise HeldBack("the claim was lost")
    http.release_database()
    try:
        tokens = adapter.renew(secret)
    except OtherClient as outcome:  # it was ours when it was issued, so our settings have changed
        raise adapter.our_fault(outcome.detail) from None
    renewed = Credential(pk=credential.pk, provider=credential.provider, obtained_at=timezone.now())
    renewed.seal(Secret(tokens.access_token, tokens.refresh_token or secret.refresh_token))
    for name, end in later_ends(adapter, credential, tokens, timezone.now()).items():
        setattr(renewed, name, end)
    return renewed


@transaction.atomic
def _write_renewed(credential: Credential, renewed: Credential, now: datetime) -> str:
    """Write the new tokens over the version that they were made from; if that is gone, revoke them."""
    # lock the network first, as connecting and disconnecting do
    network = SocialNetwork.objects.select_for_update(no_key=True).filter(pk=credential.pk).first()
    if not _overwrite(credential, renewed, now):
        if Credential.objects.filter(pk=credential.pk, access_cipher=renewed.access_cipher).exists():
            return "renewed"
        if not (_replace_spent_refresh_token(credential, renewed) or _holds_refresh_token(renewed)):
            discard_sealed(renewed, (network and network.provider_uid) or "")
        return "overtaken"
    if network:
        extend(network, renewed, now)
    if network and network.health not in ALIVE:
        _heal_or_read_soon(credential, now)
    return "renewed"


def _heal_or_read_soon(credential: Credential, now: datetime) -> None:
    """Heal a broken connection where our own keys read it; elsewhere have it read soon with the new token.

    A provider may renew for an account that it has closed, and then refuse each new token: only a reading proves it.
    """
    broken = SocialNetwork.objects.filter(healed_by(HealthCause.CREDENTIAL), pk=credential.pk)
    if adapter_for(credential.provider).needs_token:
        broken.filter(next_refresh_at__gt=now).update(next_refresh_at=now)
        return
    with audited(action="renew", by=None):
        broken.update(health=Health.HEALTHY, health_since=now, health_cause="", last_updated=now)


def _replace_spent_refresh_token(credential: Credential, renewed: Credential) -> bool:
    """Put the new refresh token in place of the spent one, if a connect without a refresh token kept that meanwhile."""
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
    """Whether the connection has the new refresh token already, by a COMMIT whose answer was lost."""
    rows = Credential.objects.filter(pk=renewed.pk, refresh_digest=renewed.refresh_digest)
    return rows.exclude(refresh_digest="").exists()


def _overwrite(credential: Credential, renewed: Credential, now: datetime) -> bool:
    """Overwrite the credential, if we still have the claim, or if its tokens are unchanged since.

    Another worker that has claimed it since can only try to spend a token that is spent already.
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
    """Believe the provider's "dead", unless it says so of too many; postpone after any other outcome."""
    if not isinstance(outcome, TokenDead):
        return _postpone(credential, outcome, now)
    if _verdicts_of(credential.provider) is storms.READINGS:
        storms.count(credential.provider, calls=1, ends=_counts_as_new(credential, now), now=now)
    if _is_in_a_storm(credential, now):
        return _postpone(credential, storms.not_believed(), now)
    return _write_refusal(credential, now)


def _is_in_a_storm(credential: Credential, now: datetime) -> bool:
    """Whether the provider refuses to renew so many that no refusal is believed (a storm); counts this one, too.

    Where readings need the token, the reading has counted it already.
    """
    verdicts = _verdicts_of(credential.provider)
    if verdicts is storms.RENEWALS:
        storms.count(credential.provider, calls=0, ends=0, refused=_counts_as_new(credential, now), now=now)
    if credential.network.health in BROKEN or storms.outlasts(credential.unbelieved_at, now):
        return False
    return storms.is_storm(credential.provider, now, verdicts)


def _counts_as_new(credential: Credential, now: datetime) -> int:
    """1 for a refusal that is new, or that was not believed yet; 0 for one that is known."""
    counted = credential.refused_at is not None or storms.outlasts(credential.unbelieved_at, now)
    return int(credential.network.health in ALIVE and not counted)


def _postpone(credential: Credential, outcome: Outcome, now: datetime) -> str:
    """Try again later. If the answer was lost, the refresh token may be spent: `asked_at` stays set."""
    rows = Credential.objects.filter(pk=credential.pk, version=credential.version)
    wait = max(
        back_off(credential.failures, first=FIRST_WAIT, most=LONGEST_WAIT), timedelta(seconds=outcome.retry_after or 0)
    )
    if isinstance(outcome, HeldBack):
        ours = rows.hold_back(credential.lease_token, now + timedelta(seconds=outcome.retry_after or 60))
    else:
        many = isinstance(outcome, CalledDeadWithMany)
        unbelieved = {"unbelieved_at": credential.unbelieved_at or now} if many else {}
        # this answer was received; whether an earlier one was lost stays as it was
        heard = {} if outcome.maybe_done else {"asked_at": credential.asked_at}
        ours = rows.postpone(credential.lease_token, now + wait, **unbelieved, **heard)
    return "postponed" if ours else "overtaken"


def _write_refusal(credential: Credential, now: datetime) -> str:
    """Write that the provider refuses to renew, unless another worker has renewed it meanwhile.

    An access token that has not ended may go on working: then readings decide, and the connection ends with it.
    """
    network, adapter = credential.network, adapter_for(credential.provider)
    lives_on = adapter.needs_token and credential.expires_at is not None and credential.expires_at > now
    changes, again = ({}, None) if lives_on else after_end(network, now, HealthCause.CREDENTIAL)
    if not _note_refusal(credential, now, again):
        return "overtaken"
    rows = SocialNetwork.objects.filter(pk=credential.pk, verified=True)
    if lives_on:
        rows.filter(next_refresh_at__gt=now, health__in=(Health.HEALTHY, Health.EXPIRING)).update(next_refresh_at=now)
    elif changes:
        with audited(action="renew", by=None, reason="the provider refuses to renew it"):
            rows.update(**changes, last_updated=now)
    return "refused"


def _note_refusal(credential: Credential, now: datetime, again: datetime | None = None) -> bool:
    """Write the refusal, and count a renewal as lost if an earlier one was not written; False if overtaken."""
    rows = Credential.objects.filter(pk=credential.pk, version=credential.version)
    wait = WEEKLY if credential.network.health in BROKEN else DAILY
    changes: dict[str, Any] = {"refused_at": shared(now), "asked_at": None}
    if credential.was_refused_before(clock.moment(now) - settings.CONNECT_CONFIRM_DEAD_AFTER):
        changes["grant_ends_at"] = shared(now)  # confirmed: now warn the owner of the last token's end
    if not rows.postpone(credential.lease_token, again or now + wait, **changes):
        return False
    keep_ends(credential.pk, now)
    if credential.asked_at is not None:  # an earlier answer was never written, and may have had the next refresh token
        logger.error("a renewal was answered and its answer lost", network=credential.provider)
        storms.count(credential.provider, calls=0, ends=0, lost=1, now=now)
    return True
