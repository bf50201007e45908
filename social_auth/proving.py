"""What a proof writes over a claim: the same for an account that was connected and for a page that it administers."""

from datetime import datetime
from typing import Any

from connect.models import FollowerReading
from connect.workflow import Health, Level
from social_auth.providers.records import Profile

WRITTEN = (
    "verified", "verification_level", "provider_uid", "provider_alias", "name", "url", "followers", "followers_source",
    "followers_as_of", "read_at", "health", "health_since", "health_cause", "last_updated", "extra_data",
)  # fmt: skip


def write_proof(resource: Any, profile: Profile, level: Level, now: datetime, **more: Any) -> None:
    """Write what the provider says over what was claimed, and `more` with it; keep the day's reading."""
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
    FollowerReading.objects.keep({resource: (profile.followers, profile.provenance)}, as_of=now)
