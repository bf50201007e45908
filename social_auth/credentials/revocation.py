"""On disconnect: deletes the credential at once, and revokes its tokens at the provider after the commit."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from connect.database.single_rows import delete_row
from connect.due_work.leases import back_off
from connect.due_work.work import Claim, DueWork
from connect.moderation.workflow import Status
from connect.network_table import Network
from connect.signals import resource_disconnected
from networks.models import SocialNetwork
from social_auth.budgets.payment import paid
from social_auth.credentials import rescue
from social_auth.credentials.models import Credential, Revocation
from social_auth.credentials.vault import FOR_ANOTHER, Undecipherable, UnknownKey
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Renewal, Tokens
from social_auth.wire.messages import enqueue
from social_auth.wire.outcomes import Outcome, TokenDead, Unavailable
from social_auth.wire.secret import Secret

MAX_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(days=1)
LEASE = timedelta(minutes=2)
MAX_RUNNING = 10
"""Revocations of a network at the same time."""

REVOCATION = DueWork(
    name="revocation",
    lanes=lambda now: Network.values,
    rows=lambda network: Revocation.objects.filter(provider=network, finished_at__isnull=True),
    room=lambda network, leased, now: MAX_RUNNING - leased,
    lease=lambda: LEASE,
)


def listen() -> None:
    resource_disconnected.connect(hand_over, sender=SocialNetwork, dispatch_uid="revocation")


def hand_over(resource: SocialNetwork, by: Any, **_: Any) -> None:
    """Turn the credential into a revocation, within the disconnect's transaction; its tokens stay sealed until then."""
    credential = delete_row(Credential, resource.pk)
    if credential is None:
        return
    uid, now = resource.provider_uid or "", timezone.now()
    revocation = Revocation(network=resource, provider=resource.network, provider_uid=uid)
    if by is None:
        revocation.answer, revocation.finished_at = "removed at the provider", now
    elif not adapter_for(resource.network).revokes:
        revocation.answer, revocation.finished_at = "not offered by the provider", now
    else:
        revocation.take_over(credential)
        revocation.due_at = now
    revocation.save()
    if revocation.due_at:
        hand_on(revocation)
    transaction.on_commit(lambda: _hand_over_kept_aside(credential, uid, by), robust=True)


def _hand_over_kept_aside(credential: Credential, provider_uid: str, by: Any) -> None:
    """Also revoke renewed tokens of a worker that was killed before writing them; without Redis they just expire."""
    try:
        renewed = rescue.find(credential)
    except Unavailable:
        return
    if renewed is None:
        return
    if by is not None:
        discard_sealed(renewed, provider_uid)
    rescue.forget(credential)


def discard(network: str, secret: Secret, provider_uid: str = "") -> None:
    """Revoke tokens that no record may have."""
    _discard(network, provider_uid, lambda revocation: revocation.seal(secret))


def discard_sealed(credential: Credential, provider_uid: str) -> None:
    """Revoke a credential's tokens that no record may have, taking them over as they are sealed."""
    _discard(credential.provider, provider_uid, lambda revocation: revocation.take_over(credential))


def _discard(network: str, provider_uid: str, seal: Callable[[Revocation], None]) -> None:
    if not adapter_for(network).revokes:
        return
    with transaction.atomic():
        revocation = Revocation.objects.create(provider=network, provider_uid=provider_uid, due_at=timezone.now())
        seal(revocation)
        revocation.save(update_fields=revocation.sealed())
        hand_on(revocation)


def hand_on(revocation: Revocation) -> None:
    """Send the task after the commit; if the message is lost, the planner finds the revocation."""
    enqueue("social_auth.credentials.tasks.revoke", queue=f"revocation.{revocation.provider}", pk=revocation.pk)


def revoke(pk: int) -> None:
    """Attempt one revocation, if it is due and no other worker has it."""
    provider = Revocation.objects.filter(pk=pk).values_list("provider", flat=True).first()
    if provider and (claim := REVOCATION.claim_one(pk, provider, timezone.now())):
        work_off(claim)


def work_off(claim: Claim) -> None:
    """Attempt the claimed revocations."""
    for revocation in REVOCATION.begin(claim, timezone.now()):
        attempt(revocation, timezone.now())


def attempt(revocation: Revocation, now: datetime) -> None:
    """Ask the provider once. An answer finishes the revocation; silence and outages postpone it.

    If the account is connected again, here or by another creator, nothing is revoked: most providers would end that
    connection, too.
    """
    adapter = adapter_for(revocation.provider)
    try:
        if (adapter.revokes_grant or revocation.may_be_in_use) and _connected(revocation):
            return finish(revocation, "the account is connected: left alone")
        answer = adapter.revoke(revocation.open(), revocation.provider_uid)
    except UnknownKey:  # wait for a process that has the key
        Revocation.objects.filter(pk=revocation.pk).hold_back(revocation.lease_token, now + FOR_ANOTHER)
    except Undecipherable:
        finish(revocation, "the token could not be opened")
    except TokenDead:
        finish(revocation, "the token was dead already")
    except Unavailable as outcome:
        postpone(revocation, outcome, now)
    except Outcome as outcome:
        finish(revocation, f"refused: {outcome.detail}")
    else:
        finish(revocation, answer)
    return None


def finish(revocation: Revocation, answer: str) -> None:
    rows = Revocation.objects.filter(pk=revocation.pk, finished_at__isnull=True)
    rows.update(
        access_cipher="",
        refresh_cipher="",
        refresh_key_id="",
        sealed_in="",
        answer=answer[:200],
        finished_at=timezone.now(),
        due_at=None,
        lease_until=None,
    )
    # without a record (erased meanwhile, or there never was one) the account's id is not kept
    Revocation.objects.filter(pk=revocation.pk, network=None).update(provider_uid="")


def postpone(revocation: Revocation, outcome: Unavailable, now: datetime) -> None:
    """Try again later, twice as late each time, for about a day and a half; then give up and wipe the tokens."""
    if revocation.failures >= MAX_ATTEMPTS:
        return finish(revocation, f"given up after {revocation.failures} attempts: {outcome.detail}")
    wait = back_off(revocation.failures, first=FIRST_WAIT, most=LONGEST_WAIT)
    again = now + max(wait, timedelta(seconds=outcome.retry_after or 0))
    Revocation.objects.filter(pk=revocation.pk).postpone(revocation.lease_token, again, answer=outcome.detail[:200])
    return None


def _connected(revocation: Revocation) -> bool:
    """Whether a connection uses the grant; raises an Outcome if the provider does not say whose it is."""
    adapter = adapter_for(revocation.provider)
    uid = revocation.provider_uid or _uid_of(adapter, revocation)
    same = SocialNetwork.objects.of_account(revocation.provider, uid).filter(verified=True)
    return same.exclude(status=Status.DISCONNECTED).exists()


def _uid_of(adapter: Adapter, revocation: Revocation) -> str:
    """Ask the provider whose tokens they are; an access token that has ended is renewed for that."""
    try:
        return _proven_uid(adapter, revocation)
    except TokenDead:
        if not revocation.refresh_cipher or adapter.renewal == Renewal.EXTEND:
            raise
    _renew(adapter, revocation)
    return _proven_uid(adapter, revocation)


def _proven_uid(adapter: Adapter, revocation: Revocation) -> str:
    with paid(revocation.provider, adapter.prove_cost):
        return adapter.prove(Tokens(revocation.open_access_token())).profile.uid


def _renew(adapter: Adapter, revocation: Revocation) -> None:
    """Renew and store the new tokens, as this may spend the refresh token; raises an Outcome."""
    old = revocation.open()
    fresh = adapter.renew(old)
    revocation.reseal(Secret(fresh.access_token, fresh.refresh_token or old.refresh_token))
    revocation.save(update_fields=revocation.sealed())
