"""What a proof writes over a claim: the same for an account that was connected and for a page that it administers."""

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
    """Write what the provider says over what was claimed, and `more` with it; keep the day's reading."""
    _tell_of_differences(resource, profile, str(more["external_id"]))
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
    """Let it follow what is decided about the account that it is proven to be, which goes by these names.

    A proof may tell under what other names a suspended account goes: whoever claims it by those is suspended too.
    """
    settle_suspension(resource, keys)
    if resource.is_suspended:
        suspend_namesakes(type(resource), [resource.pk])


def flag_rivals(resource: Any, profile: Profile, *, url: str) -> None:
    """Tell staff of everybody else who says that what was proven is theirs, by that URL or a name that it has now."""
    keys = {*profile.keys(resource.network), *identity_keys(resource.network, [url])}
    claims = type(resource).objects.claims_on(resource.network, keys)
    claims.filter(verified=False).exclude(user_id=resource.user_id).raise_flag(Flag.PROVEN_BY_OTHER)


def _tell_of_differences(resource: Any, profile: Profile, external_id: str) -> None:
    """Raise flags for what the provider contradicts; a record that no proof had named yet was not renamed by one."""
    if resource.followers_source == CountSource.CLAIMED and claimed_too_much(resource.followers, profile.followers):
        resource.raise_flag(Flag.COUNT_DIFFERS, was=resource.followers, found=profile.followers)
    if resource.followers_source in READ and jumped(resource.followers, profile.followers):
        resource.raise_flag(Flag.COUNT_JUMPED, was=resource.followers, found=profile.followers)
    if resource.provider_uid == profile.uid and resource.external_id != external_id:
        resource.raise_flag(Flag.RENAMED, was=resource.external_id, found=external_id)
