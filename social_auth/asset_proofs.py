"""Proving what a creator submitted by what a connected account administers, and taking that back."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone

from channels.models import SocialChannel
from connect.audit import audited
from connect.claims import PROVEN_BY_OTHER, accept_by_policy, inherit_suspension
from connect.workflow import Health, Level, Status
from pages.models import SocialPage
from social_auth.identity_lock import lock_identity
from social_auth.models import Asset
from social_auth.proving import write_proof
from walls.models import SocialWall

KINDS: dict[str, Any] = {model.shape.noun: model for model in (SocialPage, SocialWall, SocialChannel)}


def prove_claim(resource: Any, **_: Any) -> None:
    """Prove a claim to something that one of the creator's accounts is known to administer."""
    asset = Asset.objects.naming(resource).select_related("network").order_by("pk").first()
    if asset is not None and not resource.verified:
        _prove(resource, asset)


def prove_record_of(asset: Asset) -> None:
    """Prove what the creator submitted for this asset, or bring what was proven before up to date."""
    rows = records_of(asset).order_by("-verified", "pk")
    if resource := rows.select_for_update(no_key=True).first():
        _prove(resource, asset)


def records_of(asset: Asset) -> Any:
    """The creator's live records of that asset: proven, or claimed under one of its names or its URL."""
    claimed = Q(external_id__in=asset.called) | Q(url__in=asset.called)
    same = Q(provider_uid=asset.provider_uid, verified=True) | Q(claimed, verified=False)
    mine = KINDS[asset.noun].objects.owned_by(asset.network.user).filter(network=asset.network.network)
    return mine.filter(same).exclude(status=Status.DISCONNECTED)


def with_records(assets: Iterable[Asset]) -> Iterator[tuple[Asset, Any]]:
    """Pair each asset of one account with the creator's record of it, or None, in one query for all of them."""
    assets = list(assets)
    proven: dict[str, Any] = {}
    claimed: dict[str, Any] = {}
    if assets:
        mine = KINDS[assets[0].noun].objects.owned_by(assets[0].network.user).filter(network=assets[0].network.network)
        for record in mine.exclude(status=Status.DISCONNECTED).order_by("-pk"):
            if record.verified:
                proven[record.provider_uid] = record
            else:
                claimed |= {record.external_id: record, record.url: record}
    for asset in assets:
        records = [proven.get(asset.provider_uid), *(claimed.get(name) for name in asset.called)]
        yield asset, next(filter(None, records), None)


def unprove(asset: Asset) -> None:
    """Take `verified`, not the approval, from what was proven by this asset, unless another account proves it too."""
    mine = Asset.objects.filter(network__user_id=asset.network.user_id, network__network=asset.network.network)
    others = mine.filter(noun=asset.noun, provider_uid=asset.provider_uid, missing_since__isnull=True)
    if others.exclude(network_id=asset.network_id).exists():
        return
    now = timezone.now()
    with audited(action="lose_proof", by=None, reason="The account that proved it no longer does"):
        records_of(asset).filter(verified=True).update(
            verified=False, verification_level=Level.NONE, health=Health.NONE, health_since=now, last_updated=now
        )


def _prove(resource: Any, asset: Asset) -> None:
    lock_identity(f"{asset.network.network}:{asset.noun}", asset.provider_uid)
    level = Level(asset.network.verification_level)
    holders = type(resource).objects.filter(network=resource.network, provider_uid=asset.provider_uid, verified=True)
    holder = holders.exclude(status=Status.DISCONNECTED).exclude(pk=resource.pk).first()
    if holder is not None:
        if holder.user_id != resource.user_id:
            type(resource).objects.filter(pk=resource.pk).set_flag(PROVEN_BY_OTHER)
        return
    with audited(action="prove", by=None, reason=f"administered by network #{asset.network_id}"):
        write_proof(resource, asset.as_profile(), level, timezone.now())
    inherit_suspension(resource, provider_uid=asset.provider_uid)
    accept_by_policy(resource, level)
