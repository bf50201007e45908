"""Writes the tokens that a provider gave for a renewal, over the version of the credential that they were made from."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from connect.audit.context import audited
from connect.clock import shared
from connect.moderation.workflow import Health, HealthCause
from networks.models import SocialNetwork
from social_auth.credentials.ends import extend
from social_auth.credentials.health import ALIVE, healed_by
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal_dates import renewal_due
from social_auth.credentials.revocation import discard_sealed
from social_auth.providers.adapters import adapter_for


@transaction.atomic
def write_renewed(credential: Credential, renewed: Credential, now: datetime) -> str:
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
