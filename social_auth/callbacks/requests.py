"""Applies providers' callbacks: ends a connection that was removed at the provider, erases what its owner wants erased.

Callbacks come late, twice and out of order: each takes effect once, and none ends a connection made after it was sent.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from connect.audit.context import audited
from connect.events.models import Event
from connect.history import FollowerReading
from connect.identity.columns import key_columns
from connect.identity.erased import erased_uid
from connect.identity.identity_keys import identity_keys
from connect.models import erased_keys
from connect.moderation.locks import lock_user
from connect.moderation.workflow import Health, Status
from connect.network_table import home_url
from connect.seen_once import SeenOnce
from networks.extra_data import PROVIDER_KEYS
from networks.models import SocialNetwork
from social_auth.assets.models import Asset, Discovery
from social_auth.assets.proofs import KINDS, unprove
from social_auth.callbacks.models import DeletionRequest
from social_auth.credentials.models import Credential, Revocation
from social_auth.providers.adapters import adapter_for


@transaction.atomic
def removed_at_provider(network: str, uid: str, raw: bytes, *, sent: datetime, reason: str) -> None:
    """End the connection of an account whose owner removed our app at the provider."""
    if SeenOnce.objects.first_time(network, raw):
        for row in live_connections(network, uid, sent):
            row.disconnect(by=None, reason=reason, health=Health.REVOKED)


@transaction.atomic
def page_removed_at_provider(network: str, uid: str, raw: bytes) -> None:
    """Withdraw the proof of a page from which our app was removed; the account that administers it stays connected."""
    if not SeenOnce.objects.first_time(network, raw):
        return
    listed = Asset.objects.filter(network__network=network, provider_uid=uid, missing_since__isnull=True)
    for asset in listed.order_by("network__user_id", "pk"):  # a fixed order, so that two callbacks do not deadlock
        lock_user(asset.network.user_id)
        unprove(asset.network, [asset])
        Asset.objects.filter(pk=asset.pk).update(missing_since=timezone.now())
        Discovery.objects.filter(pk=asset.network_id).update(
            digest=""
        )  # so that the next list is processed even if it is the same


@transaction.atomic
def deletion_requested(network: str, uid: str, raw: bytes, *, sent: datetime) -> DeletionRequest:
    """Erase what we have of an account, and return the request whose code its owner can look up.

    Only records whose connection has ended are erased. A live claim without a proof belongs to its creator, also if
    they were displaced: the person who proved the account after them cannot have it erased.
    """
    request, new = DeletionRequest.objects.get_or_create(
        digest=_digest(network, raw), defaults={"network": network, "code": secrets.token_hex(12)}
    )
    if new:
        _lock_holders(network, uid)
        for row in live_connections(network, uid, sent):
            row.disconnect(by=None, reason="Its owner asked the provider for deletion", health=Health.REVOKED)
        ended = SocialNetwork.objects.of_account(network, uid).filter(status=Status.DISCONNECTED)
        for row in ended.order_by("pk"):
            erase(row)
            erase_what_it_proved(row)
        SocialAccount.objects.filter(provider=adapter_for(network).provider_id, uid=uid).update(extra_data={})
        request.finished_at = timezone.now()
        request.save(update_fields=["finished_at"])
    return request


def listed_for_deletion(network: str, uid: str, listed_in: bytes, *, sent: datetime) -> bool:
    """Erase an account of the provider's list as its callback would; False if no record or sign-in here has it.

    `listed_in` names the list: reading the same list again does not erase what was connected meanwhile.
    """
    raw = listed_in + uid.encode()
    if not DeletionRequest.objects.filter(digest=_digest(network, raw)).exists():
        provider = adapter_for(network).provider_id
        signs_in = SocialAccount.objects.filter(provider=provider, uid=uid).exists()
        if not (signs_in or SocialNetwork.objects.of_account(network, uid).exists()):
            return False
        deletion_requested(network, uid, raw, sent=sent)
    return True


def _digest(network: str, raw: bytes) -> str:
    return hashlib.sha256(f"{network}:deletion:".encode() + raw).hexdigest()


def _lock_holders(network: str, uid: str) -> None:
    """Lock every creator with a record of that account, so that none claims or connects it meanwhile."""
    holders = SocialNetwork.objects.of_account(network, uid).order_by("user_id").values_list("user_id", flat=True)
    for user_id in holders.distinct():
        lock_user(user_id)


def erase(row: Any) -> None:
    """Erase the provider's data from a disconnected record; hashes stay, by which a suspension is recognised."""
    erased_ids = {
        "external_id": erased_uid(row.network, row.external_id),
        "provider_uid": erased_uid(row.network, row.provider_uid or ""),
    }
    with audited(action="erase", by=None):
        SocialNetwork.objects.filter(pk=row.pk).update(
            **erased_ids,
            **erased_keys(row),
            provider_alias="",
            name="",
            url=home_url(row.network),
            extra_data={},
            followers=None,
            followers_source="",
            followers_as_of=None,
            engagement_rate=None,
            engagement_source="",
            engagement_as_of=None,
            flag_details={},
            last_updated=timezone.now(),
        )
    row.events.update(**erased_ids)
    _forget_events(row)
    Revocation.objects.filter(provider=row.network, provider_uid=row.provider_uid or "").update(provider_uid="")
    _erase_readings(row)


def erase_what_it_proved(row: Any) -> None:
    """Erase the provider's data about the pages that only this account proved, and the pages that it listed.

    The creator's own id and texts stay. The URL is erased, as it may be the provider's and not the creator's.
    """
    for asset in Asset.objects.filter(network=row):
        records = KINDS[asset.noun].objects.filter(user_id=row.user_id, network=row.network, verified=False)
        for record in records.filter(provider_uid=asset.provider_uid):
            _erase_proof(record)
    Asset.objects.filter(network=row).delete()


def _erase_proof(record: Any) -> None:
    erased_ids = {"provider_uid": erased_uid(record.network, record.provider_uid)}
    claimed = key_columns(identity_keys(record.network, [record.external_id]))
    own = {key: value for key, value in record.extra_data.items() if key not in PROVIDER_KEYS}
    with audited(action="erase", by=None):
        type(record).objects.filter(pk=record.pk).update(
            **erased_ids,
            **(erased_keys(record) if record.is_suspended else claimed),
            name="",
            url=home_url(record.network),
            followers=None,
            followers_source="",
            followers_as_of=None,
            extra_data=own,
            flag_details={},
            last_updated=timezone.now(),
        )
    record.events.update(**erased_ids)
    _forget_events(record)
    _erase_readings(record)


def _forget_events(record: Any) -> None:
    """Delete the record's events, which name the account."""
    Event.objects.filter(kind=record.shape.noun, object_id=record.pk).delete()


def _erase_readings(record: Any) -> None:
    kind = ContentType.objects.get_for_model(type(record))
    FollowerReading.objects.filter(content_type=kind, object_id=record.pk).delete()


def live_connections(network: str, uid: str, sent: datetime) -> list[SocialNetwork]:
    """Live connections of the account, except those whose credential is younger than the callback."""
    rows = SocialNetwork.objects.of_account(network, uid).filter(verified=True)
    # callbacks give whole seconds: a connection of the same second counts as made before
    later = Credential.objects.filter(network__in=rows, obtained_at__gte=sent + timedelta(seconds=1)).values("pk")
    return list(rows.exclude(status=Status.DISCONNECTED).exclude(pk__in=later).order_by("pk"))
