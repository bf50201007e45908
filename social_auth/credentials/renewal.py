"""Renews credentials: before they end, and when a provider refuses an access token.

A renewal is claimed, the provider is called outside any transaction, and the result is written only over the version
that it was made from.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from connect.clock import shared
from connect.database.retries import PATIENT, retried
from connect.due_work.leases import LeaseQuerySet
from connect.due_work.work import Claim, DueWork
from connect.moderation.workflow import REFRESHED
from connect.network_table import Network
from social_auth.budgets import spending, storms
from social_auth.budgets.spending import room_for_calls
from social_auth.credentials import rescue
from social_auth.credentials.ends import later_ends
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal_dates import JUST_NOW, can_be_renewed, may_ask_again
from social_auth.credentials.renewal_refusals import is_in_a_storm, not_renewed, note_refusal, postpone, verdicts_of
from social_auth.credentials.renewed_tokens import write_renewed
from social_auth.credentials.tokens import access_token_of, secret_of
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Renewal
from social_auth.wire import http
from social_auth.wire.outcomes import (
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
            word = not_renewed(credential, outcome, timezone.now())
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
        if is_in_a_storm(credential, timezone.now()):
            postpone(credential, storms.not_believed(), timezone.now())
            raise storms.not_believed() from None
        note_refusal(credential, timezone.now())
        raise
    except Outcome as outcome:
        postpone(credential, outcome, timezone.now())
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
    word = retried(lambda: write_renewed(credential, renewed, timezone.now()), pauses=PATIENT, within=None)
    rescue.forget(credential)
    storms.count(network, calls=int(verdicts_of(network) is storms.READINGS), ends=0, renewed=1, now=timezone.now())
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
