"""What a provider's callback does: end a connection that was removed there, and erase what its owner wants erased.

Callbacks come late, twice and out of order: each takes effect once, and none on a connection made after it was sent.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connect.audit import audited
from connect.models import FollowerReading, erased_uid
from connect.network_table import home_url
from connect.workflow import Health, Status
from networks.models import SocialNetwork
from social_auth.models import CallbackSeen, Credential, DeletionRequest, Revocation
from social_auth.providers import adapter_for


def first_time(network: str, raw: bytes) -> bool:
    """Remember a callback by its digest; False if the very same one was seen before. Call it within a transaction."""
    digest = hashlib.sha256(f"{network}:".encode() + raw).hexdigest()
    return CallbackSeen.objects.get_or_create(digest=digest)[1]


@transaction.atomic
def removed_at_provider(network: str, uid: str, raw: bytes, *, sent: datetime, reason: str) -> None:
    """End the connection of an account whose owner removed our app at the provider."""
    if first_time(network, raw):
        for row in _rows(network, uid, sent):
            row.disconnect(by=None, reason=reason, health=Health.REVOKED)


@transaction.atomic
def deletion_requested(network: str, uid: str, raw: bytes, *, sent: datetime) -> DeletionRequest:
    """Erase what we have of an account, and return the request whose code its owner can look up."""
    digest = hashlib.sha256(f"{network}:deletion:".encode() + raw).hexdigest()
    request, new = DeletionRequest.objects.get_or_create(
        digest=digest, defaults={"network": network, "code": secrets.token_hex(12)}
    )
    if new:
        for row in _rows(network, uid, sent):
            row.disconnect(by=None, reason="Its owner asked the provider for deletion", health=Health.REVOKED)
        for row in SocialNetwork.objects.filter(_named(uid), network=network, verified=False):
            erase(row)
        SocialAccount.objects.filter(provider=adapter_for(network).provider_id, uid=uid).update(extra_data={})
        request.finished_at = timezone.now()
        request.save(update_fields=["finished_at"])
    return request


def erase(row: Any) -> None:
    """Empty a disconnected record of what came from the provider; what stays recognises a suspension, and no more."""
    gone = {
        "external_id": erased_uid(row.network, row.external_id),
        "provider_uid": erased_uid(row.network, row.provider_uid or ""),
    }
    with audited(action="erase", by=None):
        SocialNetwork.objects.filter(pk=row.pk).update(
            **gone,
            provider_alias="",
            name="",
            url=home_url(row.network),
            extra_data={},
            followers=None,
            followers_source="",
            followers_as_of=None,
            engagement_rate=None,
            last_updated=timezone.now(),
        )
    row.events.update(**gone)
    Revocation.objects.filter(provider=row.network, provider_uid=row.provider_uid or "").update(provider_uid="")
    kind = ContentType.objects.get_for_model(SocialNetwork)
    FollowerReading.objects.filter(content_type=kind, object_id=row.pk).delete()


def _named(uid: str) -> Q:
    return Q(provider_uid=uid) | Q(provider_alias=uid)


def _rows(network: str, uid: str, sent: datetime) -> list[SocialNetwork]:
    """Live connections of the account, but for those whose credential is younger than the callback."""
    rows = SocialNetwork.objects.filter(_named(uid), network=network, verified=True)
    later = Credential.objects.filter(network__in=rows, obtained_at__gt=sent).values("pk")
    return list(rows.exclude(status=Status.DISCONNECTED).exclude(pk__in=later).order_by("pk"))
