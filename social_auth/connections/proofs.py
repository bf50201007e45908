"""Writes a proof over a claim: the same for a connected account and for a page that it administers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connect.history import FollowerReading
from connect.identity.identity_keys import identity_keys
from connect.moderation.flags import Flag, claimed_too_much, jumped
from connect.moderation.quality import READ, CountSource
from connect.moderation.suspensions import lift_by_lost_names, settle_suspension, suspend_namesakes
from connect.moderation.workflow import Health, Level
from social_auth.providers.records import Profile

WRITTEN = (
    "verified", "verification_level", "provider_uid", "provider_alias", "identity_key", "other_identity_key", "name",
    "url", "followers", "followers_source", "followers_as_of", "read_at", "health", "health_since", "health_cause",
    "last_updated", "extra_data",
)  # fmt: skip


def write_proof(resource: Any, profile: Profile, level: Level, now: datetime, **more: Any) -> None:
    """Write the provider's data over the claim, with the columns of `more`, and record the day's reading."""
    _flag_differences(resource, profile, str(more["external_id"]))
    names_before = resource.identity_keys
    resource.verified = True
    resource.verification_level = level
    resource.provider_uid, resource.provider_alias = profile.uid, profile.alias_uid
    resource.read_at = resource.last_updated = now
    if resource.health != Health.HEALTHY:
        resource.health, resource.health_since, resource.health_cause = Health.HEALTHY, now, ""
    resource.extra_data = ({"bio": profile.bio} if profile.bio else {}) | resource.extra_data | profile.extra
    for name, value in (profile.count_columns(now) | profile.name_columns(resource) | more).items():
        setattr(resource, name, value)
    resource.save(update_fields=[*WRITTEN, *more])
    if resource.is_suspended and (lost := set(names_before) - set(resource.identity_keys)):
        lift_by_lost_names(resource, lost)
    FollowerReading.objects.record({resource: (profile.followers, profile.provenance)}, as_of=now)


def settle_proof(resource: Any, keys: Iterable[str]) -> None:
    """Apply to the record what staff decided about the account that it is now proven to be; `keys` are its names.

    The proof may reveal other names of a suspended account: claims under those names are suspended, too.
    """
    settle_suspension(resource, keys)
    if resource.is_suspended:
        suspend_namesakes(type(resource), [resource.pk])


def flag_rivals(resource: Any, profile: Profile, *, url: str) -> None:
    """Flag other creators' claims on the proven account, by that URL or any of its current names."""
    keys = {*profile.keys(resource.network), *identity_keys(resource.network, [url])}
    claims = type(resource).objects.claims_on(resource.network, keys)
    claims.filter(verified=False).exclude(user_id=resource.user_id).raise_flag(Flag.PROVEN_BY_OTHER)


def _flag_differences(resource: Any, profile: Profile, external_id: str) -> None:
    """Raise flags where the provider contradicts the record; a first proof is no renaming."""
    if resource.followers_source == CountSource.CLAIMED and claimed_too_much(resource.followers, profile.followers):
        resource.raise_flag(Flag.COUNT_DIFFERS, was=resource.followers, found=profile.followers)
    if resource.followers_source in READ and jumped(resource.followers, profile.followers):
        resource.raise_flag(Flag.COUNT_JUMPED, was=resource.followers, found=profile.followers)
    if resource.provider_uid == profile.uid and resource.external_id != external_id:
        resource.raise_flag(Flag.RENAMED, was=resource.external_id, found=external_id)
