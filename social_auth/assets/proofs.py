"""Proves what a creator submitted by what a connected account administers, and withdraws such proofs.

Both hold the creator's lock (`lock_user`), so that submitting, listing and disconnecting wait for each other. Proving
also takes the locks of claims (`lock_account`), which keep suspensions waiting: otherwise a page that is being
suspended could be accepted for another creator.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.utils import timezone

from channels.models import SocialChannel
from connect.audit.context import audited
from connect.database.advisory_locks import lock_identity
from connect.errors import PermissionDenied
from connect.history import FollowerReading
from connect.identity.columns import same_account
from connect.identity.identity_keys import identity_keys, spellings
from connect.moderation.claims import accept_by_policy
from connect.moderation.flags import Flag, jumped
from connect.moderation.locks import lock_account
from connect.moderation.quality import READ
from connect.moderation.workflow import Health, Level, Status
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.assets.models import Asset
from social_auth.connections.proofs import flag_rivals, settle_proof, write_proof
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Profile
from walls.models import SocialWall

KINDS: dict[str, Any] = {model.shape.noun: model for model in (SocialPage, SocialWall, SocialChannel)}


def prove_claim(resource: Any, **_: Any) -> None:
    """Prove a claim at once, if one of the creator's accounts administers what it is about.

    Raises PermissionDenied if the creator has a suspended record of it under another name.
    """
    listed = Asset.objects.naming(resource)
    if not resource.verified and listed.exists():
        _prove(resource, listed.select_related("network").earliest("pk"))
        if resource.status == Status.DISCONNECTED:
            raise PermissionDenied.to(resource.shape.noun)


def lock_listed(network: SocialNetwork, listed: Iterable[Profile]) -> bool:
    """Lock the claims on listed assets that the creator has records of, before any row is locked.

    A concurrent claim by somebody else then either sees the proof or is seen by it. Returns whether the creator has any
    record that may be proven. The caller has locked the creator.
    """
    noun = adapter_for(network.network).asset_noun
    columns = list(records_beside(network, noun).values_list("identity_key", "other_identity_key", "provider_uid"))
    if not columns:
        return False
    keys_known = {*spellings(network.network, filter(None, chain.from_iterable(columns)))}
    named = [{profile.uid, *profile.keys(network.network)} for profile in listed]
    lock_account(KINDS[noun], network.network, set().union(*(names for names in named if names & keys_known)))
    return True


def prove_records_of(network: SocialNetwork, assets: Iterable[Asset]) -> None:
    """Prove the creator's records of these assets, and update those that were proven before."""
    for asset, record in with_records(network, assets):
        if record is not None:
            _prove(record, asset)


def with_records(network: SocialNetwork, assets: Iterable[Asset]) -> Iterator[tuple[Asset, Any]]:
    """Yield each asset of one account with the creator's live record of it, or None; one query for all.

    A record belongs to an asset if the asset proved it before, or if they share an identity key.
    """
    assets = list(assets)
    proven: dict[str, Any] = {}
    claimed: dict[str, Any] = {}
    for record in records_beside(network, assets[0].noun) if assets else ():
        if record.provider_uid:
            proven[record.provider_uid] = record
        if not record.verified:
            claimed |= dict.fromkeys(spellings(network.network, record.identity_keys), record)
    for asset in assets:
        records = [proven.get(asset.provider_uid), *(claimed.get(key) for key in asset.identity_keys)]
        yield asset, next(filter(None, records), None)


def records_beside(network: SocialNetwork, noun: str) -> Any:
    """The creator's live pages, walls or channels of the network's kind, the oldest one last."""
    records = KINDS[noun].objects.filter(user_id=network.user_id, network=network.network)
    return records.exclude(status=Status.DISCONNECTED).order_by("-pk")


def counts_assets(network: str) -> bool:
    """Whether reading an account also gives the numbers of its assets (YouTube); elsewhere the listing gives them."""
    return not adapter_for(network).relists


def keep_numbers(readings: dict[SocialNetwork, Profile], now: datetime) -> None:
    """Update the numbers of records that accounts proved to be themselves: a YouTube account is its channel."""
    network = next(iter(readings), None)
    if network is None or not counts_assets(network.network):
        return
    by_owner = {(row.user_id, profile.uid): profile for row, profile in readings.items()}
    rows = KINDS[adapter_for(network.network).asset_noun].objects.filter(network=network.network, verified=True)
    proven = rows.exclude(status=Status.DISCONNECTED).filter(provider_uid__in=[uid for _, uid in by_owner])
    counts = {}
    for record in proven.order_by("pk").select_for_update(skip_locked=True, no_key=True):
        if profile := by_owner.get((record.user_id, record.provider_uid)):
            counts[record] = (profile.followers, profile.provenance)
            _keep_number(record, profile, now)
    FollowerReading.objects.record(counts, as_of=now)


def _keep_number(record: Any, profile: Profile, now: datetime) -> None:
    rows = type(record).objects.filter(pk=record.pk)
    if record.followers_source in READ and jumped(record.followers, profile.followers):
        rows.raise_flag(Flag.COUNT_JUMPED, was=record.followers, found=profile.followers)
    rows.update(**profile.count_columns(now), read_at=now, last_updated=now)


def unprove(network: SocialNetwork, assets: Any) -> None:
    """Remove `verified`, not the approval, from records that only these assets of this account proved."""
    lost = {asset.provider_uid: asset.noun for asset in assets}
    if not lost:
        return
    of_other_accounts = Asset.objects.listed_for(network.user_id, network.network).exclude(network=network)
    still_proven = set(of_other_accounts.filter(provider_uid__in=lost).values_list("provider_uid", flat=True))
    now = timezone.now()
    with audited(action="lose_proof", by=None, reason="The account that proved it no longer does"):
        for noun in set(lost.values()):
            rows = records_beside(network, noun).filter(verified=True, provider_uid__in=set(lost) - still_proven)
            rows.order_by().update(
                verified=False, verification_level=Level.NONE, health=Health.NONE, health_since=now, last_updated=now
            )


def _prove(resource: Any, asset: Asset) -> None:
    """Write the proof, unless another creator has proven the same asset, or another record of this creator wins."""
    network = asset.network
    lock_identity(f"{network.network}:{asset.noun}", asset.provider_uid)
    holders = type(resource).objects.filter(network=resource.network, provider_uid=asset.provider_uid, verified=True)
    holder = holders.exclude(status=Status.DISCONNECTED).exclude(pk=resource.pk).first()
    if holder is not None:
        if holder.user_id != resource.user_id:
            resource.raise_flag(Flag.PROVEN_BY_OTHER)
        return
    if not _is_the_only_one(resource, asset):
        return
    level = Level(network.verification_level)
    newly_proven = resource.provider_uid is None or (resource.verified and level != resource.verification_level)
    with audited(action="prove", by=None, reason=f"administered by network #{asset.network_id}"):
        write_proof(resource, asset.as_profile(), level, timezone.now(), external_id=_public_id(resource, asset))
    settle_proof(resource, asset.identity_keys)
    if newly_proven:  # a repeated proof leaves the staff's decision: reconnecting does not undo a rejection
        accept_by_policy(resource, level)
        flag_rivals(resource, asset.as_profile(), url=resource.url)


def _is_the_only_one(resource: Any, asset: Asset) -> bool:
    """End the creator's other claims on the same asset. If one of them is suspended, end this one instead: False.

    One claim may be by its number and another by its name: only the listing shows that they are the same.
    """
    same = same_account(resource.network, asset.identity_keys)
    same_records = type(resource).objects.filter(same, user_id=resource.user_id)
    twins = list(same_records.exclude(pk=resource.pk).order_by("pk"))
    suspended = next((twin for twin in twins if twin.is_suspended), None)
    if suspended is not None and not resource.is_suspended:
        _end_beside(suspended, resource)
        return False
    for twin in twins:
        _end_beside(resource, twin)
    return True


def _end_beside(kept: Any, twin: Any) -> None:
    if not (twin.verified or twin.is_suspended or twin.status == Status.DISCONNECTED):
        twin.disconnect(by=None, reason=f"The same {kept.shape.noun} as #{kept.pk}")


def _public_id(resource: Any, asset: Asset) -> str:
    """The id under which it was submitted, if that is one of the asset's in any spelling; else the asset's own id."""
    submitted_keys = spellings(resource.network, identity_keys(resource.network, [resource.external_id]))
    return resource.external_id if set(submitted_keys) & set(asset.identity_keys) else asset.provider_uid
