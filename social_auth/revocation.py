"""Disconnecting for real: the credential goes at once, and the provider is told after the commit, again if need be."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from connect.signals import resource_disconnected
from connect.workflow import Status
from networks.models import SocialNetwork
from social_auth.enqueueing import enqueue
from social_auth.models import Credential, Revocation, Secret
from social_auth.outcomes import Outcome, TokenDead, Unavailable
from social_auth.providers import adapter_for
from social_auth.providers.records import Tokens
from social_auth.vault import Undecipherable

MOST_ATTEMPTS = 12
FIRST_WAIT = 30


def listen() -> None:
    resource_disconnected.connect(hand_over, sender=SocialNetwork, dispatch_uid="revocation")


def hand_over(resource: SocialNetwork, by: Any, **_: Any) -> None:
    """Take the credential away within the disconnect; it stays sealed until the provider has answered."""
    from social_auth.tasks import revoke

    credential = Credential.objects.select_for_update().filter(pk=resource.pk).first()
    if credential is None:
        return
    revocation = Revocation.objects.create(
        network=resource, provider=resource.network, provider_uid=resource.provider_uid or ""
    )
    if by is None:
        finish(revocation, "removed at the provider")
    elif not adapter_for(resource.network).revokes:
        finish(revocation, "not offered by the provider")
    else:
        _seal(revocation, credential)
        enqueue(revoke, pk=revocation.pk)
    credential.delete()


def discard(network: str, secret: Secret, provider_uid: str = "") -> None:
    """Revoke upstream what no record may hold."""
    from social_auth.tasks import revoke

    if not adapter_for(network).revokes:
        return
    with transaction.atomic():
        revocation = Revocation.objects.create(provider=network, provider_uid=provider_uid)
        revocation.seal(secret)
        revocation.save(update_fields=revocation.sealed())
        enqueue(revoke, pk=revocation.pk)


def attempt(revocation: Revocation, now: datetime) -> None:
    """Ask the provider once; the answer ends it, silence and outages postpone it.

    If the account is connected, again or by somebody else, most providers would end that too: it is left alone.
    """
    adapter = adapter_for(revocation.provider)
    try:
        if adapter.revokes_grant and _connected(revocation):
            return finish(revocation, "the account is connected: left alone")
        answer = adapter.revoke(revocation.open(), revocation.provider_uid)
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
    _write(revocation, access_cipher="", refresh_cipher="", answer=answer[:200], finished_at=timezone.now())
    # of a record that was erased, perhaps while the provider was asked, or never was
    Revocation.objects.filter(pk=revocation.pk, network=None).update(provider_uid="")


def postpone(revocation: Revocation, outcome: Unavailable, now: datetime) -> None:
    """Try again later, twice as late each time, for about a day and a half; then give up and wipe."""
    attempts = revocation.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        return finish(revocation, f"given up after {attempts} attempts: {outcome.detail}")
    wait = max(FIRST_WAIT * 2 ** (attempts - 1), outcome.retry_after or 0)
    _write(revocation, attempts=attempts, next_attempt_at=now + timedelta(seconds=wait), answer=outcome.detail[:200])
    return None


def _connected(revocation: Revocation) -> bool:
    """Whether somebody lives on the grant; raises an Outcome if the provider does not say whose it is."""
    adapter = adapter_for(revocation.provider)
    uid = revocation.provider_uid or adapter.prove(Tokens(revocation.open().access_token)).profile.uid
    same = SocialNetwork.objects.of_account(revocation.provider, uid).filter(verified=True)
    return same.exclude(status=Status.DISCONNECTED).exists()


def _seal(revocation: Revocation, credential: Credential) -> None:
    try:
        revocation.seal(credential.open())
    except Undecipherable:
        revocation.seal(Secret(""))
    revocation.save(update_fields=revocation.sealed())


def _write(revocation: Revocation, **changes: Any) -> None:
    Revocation.objects.filter(pk=revocation.pk, finished_at__isnull=True).update(**changes)
