"""Proving what a creator submitted by what a connected account administers, and taking that back.

Whoever proves or takes back holds the creator's lock (`lock_user`): submitting, listing and disconnecting wait for each
other. Whoever proves takes the locks of claiming as well (`lock_account`), which hold off suspensions: else what is
suspended in that very moment would be accepted in somebody else's hands.
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
    """Prove a claim to something that one of the creator's accounts is known to administer.

    Raises PermissionDenied if that is suspended, under another name.
    """
    listed = Asset.objects.naming(resource)
    if not resource.verified and listed.exists():
        _prove(resource, listed.select_related("network").earliest("pk"))
        if resource.status == Status.DISCONNECTED:
            raise PermissionDenied.to(resource.shape.noun)


def lock_listed(network: SocialNetwork, listed: Iterable[Profile]) -> bool:
    """Before any row is: who claims meanwhile what these prove of the creator's records sees the proof, or is seen.

    Returns whether the creator has any record that they may prove; the caller has locked the creator.
    """
    noun = adapter_for(network.network).asset_noun
    told = list(records_beside(network, noun).values_list("identity_key", "other_identity_key", "provider_uid"))
    if not told:
        return False
    known = {*spellings(network.network, filter(None, chain.from_iterable(told)))}
    named = [{profile.uid, *profile.keys(network.network)} for profile in listed]
    lock_account(KINDS[noun], network.network, set().union(*(names for names in named if names & known)))
    return True


def prove_records_of(network: SocialNetwork, assets: Iterable[Asset]) -> None:
    """Prove what the creator submitted of these assets, and bring what was proven before up to date."""
    for asset, record in with_records(network, assets):
        if record is not None:
            _prove(record, asset)


def with_records(network: SocialNetwork, assets: Iterable[Asset]) -> Iterator[tuple[Asset, Any]]:
    """Pair each asset of one account with the creator's live record of it, or None, in one query for all of them.

    A record is an asset's if it was proven by it before, or has an identity key of its.
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
    mine = KINDS[noun].objects.filter(user_id=network.user_id, network=network.network)
    return mine.exclude(status=Status.DISCONNECTED).order_by("-pk")


def counts_assets(network: str) -> bool:
    """Whether reading an account tells the numbers of what it administers too; elsewhere they come with its listing."""
    return not adapter_for(network).relists


def keep_numbers(readings: dict[SocialNetwork, Profile], now: datetime) -> None:
    """Bring what accounts of one network proved of themselves up to date: a YouTube account is its channel."""
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
    """Take `verified`, not the approval, from what only these assets of this account proved."""
    lost = {asset.provider_uid: asset.noun for asset in assets}
    if not lost:
        return
    others = Asset.objects.listed_for(network.user_id, network.network).exclude(network=network)
    kept = set(others.filter(provider_uid__in=lost).values_list("provider_uid", flat=True))
    now = timezone.now()
    with audited(action="lose_proof", by=None, reason="The account that proved it no longer does"):
        for noun in set(lost.values()):
            rows = records_beside(network, noun).filter(verified=True, provider_uid__in=set(lost) - kept)
            rows.order_by().update(
                verified=False, verification_level=Level.NONE, health=Health.NONE, health_since=now, last_updated=now
            )


def _prove(resource: Any, asset: Asset) -> None:
    """Write the proof, unless the account lost its own meanwhile, or somebody else holds that page."""
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
    news = resource.provider_uid is None or (resource.verified and level != resource.verification_level)
    with audited(action="prove", by=None, reason=f"administered by network #{asset.network_id}"):
        write_proof(resource, asset.as_profile(), level, timezone.now(), external_id=_public_id(resource, asset))
    settle_proof(resource, asset.identity_keys)
    if news:  # proven again it is what staff made of it: a rejection is not shaken off by reconnecting
        accept_by_policy(resource, level)
        flag_rivals(resource, asset.as_profile(), url=resource.url)


def _is_the_only_one(resource: Any, asset: Asset) -> bool:
    """End the creator's other claims to the same; if one of them is suspended that one stays, and this one ends: False.

    One may be by its number and another by its name: only what is listed tells that they are one.
    """
    same = same_account(resource.network, asset.identity_keys)
    mine = type(resource).objects.filter(same, user_id=resource.user_id)
    twins = list(mine.exclude(pk=resource.pk).order_by("pk"))
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
    """The id it was submitted under, if that is one of its own in any spelling; a claim by URL may have named any."""
    meant = spellings(resource.network, identity_keys(resource.network, [resource.external_id]))
    return resource.external_id if set(meant) & set(asset.identity_keys) else asset.provider_uid
