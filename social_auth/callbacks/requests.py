"""What a provider's callback does: end a connection that was removed there, and erase what its owner wants erased.

Callbacks come late, twice and out of order: each takes effect once, and none on a connection made after it was sent.
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
from connect.moderation.claims import lock_user
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
    """Take the proof from a page from which our app was removed; the account that administers it stays connected."""
    if not SeenOnce.objects.first_time(network, raw):
        return
    listed = Asset.objects.filter(network__network=network, provider_uid=uid, missing_since__isnull=True)
    for asset in listed.order_by("network__user_id", "pk"):  # so that no two callbacks wait for each other
        lock_user(asset.network.user_id)
        unprove(asset.network, [asset])
        Asset.objects.filter(pk=asset.pk).update(missing_since=timezone.now())
        Discovery.objects.filter(pk=asset.network_id).update(digest="")  # the next list is news, whatever it says


@transaction.atomic
def deletion_requested(network: str, uid: str, raw: bytes, *, sent: datetime) -> DeletionRequest:
    """Erase what we have of an account, and return the request whose code its owner can look up.

    Only connections that are over are erased. A live claim without a proof is its creator's, also if they had proven
    the account and were displaced: whoever proved it after them has no say in it.
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
    """Do for an account in a list of the provider's what its callback would do; False if nobody here has, or had, it.

    `listed_in` names the list: each account of it is erased once, whatever is connected when the list is read again.
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
    """Keep whoever has a record of that account from claiming or connecting it meanwhile."""
    holders = SocialNetwork.objects.of_account(network, uid).order_by("user_id").values_list("user_id", flat=True)
    for user_id in holders.distinct():
        lock_user(user_id)


def erase(row: Any) -> None:
    """Empty a disconnected record of what came from the provider; what stays recognises a suspension, and no more."""
    gone = {
        "external_id": erased_uid(row.network, row.external_id),
        "provider_uid": erased_uid(row.network, row.provider_uid or ""),
    }
    with audited(action="erase", by=None):
        SocialNetwork.objects.filter(pk=row.pk).update(
            **gone,
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
    row.events.update(**gone)
    _forget_events(row)
    Revocation.objects.filter(provider=row.network, provider_uid=row.provider_uid or "").update(provider_uid="")
    _erase_readings(row)


def erase_what_it_proved(row: Any) -> None:
    """Take what the provider said of the pages that only this account proved, and what it listed.

    The id that the creator submitted stays, and what the creator wrote; the URL does not, as the provider's may be over
    theirs.
    """
    for asset in Asset.objects.filter(network=row):
        records = KINDS[asset.noun].objects.filter(user_id=row.user_id, network=row.network, verified=False)
        for record in records.filter(provider_uid=asset.provider_uid):
            _erase_proof(record)
    Asset.objects.filter(network=row).delete()


def _erase_proof(record: Any) -> None:
    gone = {"provider_uid": erased_uid(record.network, record.provider_uid)}
    claimed = key_columns(identity_keys(record.network, [record.external_id]))
    own = {key: value for key, value in record.extra_data.items() if key not in PROVIDER_KEYS}
    with audited(action="erase", by=None):
        type(record).objects.filter(pk=record.pk).update(
            **gone,
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
    record.events.update(**gone)
    _forget_events(record)
    _erase_readings(record)


def _forget_events(record: Any) -> None:
    """What was told of it named the account."""
    Event.objects.filter(kind=record.shape.noun, object_id=record.pk).delete()


def _erase_readings(record: Any) -> None:
    kind = ContentType.objects.get_for_model(type(record))
    FollowerReading.objects.filter(content_type=kind, object_id=record.pk).delete()


def live_connections(network: str, uid: str, sent: datetime) -> list[SocialNetwork]:
    """Live connections of the account, but for those whose credential is younger than the callback."""
    rows = SocialNetwork.objects.of_account(network, uid).filter(verified=True)
    # callbacks tell whole seconds: what was connected within the same one was before it
    later = Credential.objects.filter(network__in=rows, obtained_at__gte=sent + timedelta(seconds=1)).values("pk")
    return list(rows.exclude(status=Status.DISCONNECTED).exclude(pk__in=later).order_by("pk"))
