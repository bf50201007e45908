from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from connect.api.shapes import Shape
from connect.audit.context import tracked
from connect.database.json_columns import without
from connect.events.trigger import eventful
from connect.models import SocialResource
from connect.moderation.workflow import Status
from networks.due_readings import NetworkQuerySet, with_due_readings


def scopes(help_text: str) -> ArrayField:
    """A column with a list of OAuth scopes."""
    of = models.CharField(max_length=100)
    return ArrayField(of, default=list, db_default=Value([], ArrayField(of)), blank=True, help_text=help_text)


class EngagementSource(models.TextChoices):
    """Where an engagement rate comes from: a formula of docs/engagement.md by name and version, or its creator."""

    CLAIMED = "claimed", "Claimed by the creator"
    ERF_1 = "erf-1", "Computed from recent posts"


class Ending(models.TextChoices):
    """What a connection ends with; only the account's owner can extend it."""

    ACCESS_TOKEN = "access_token", "The access token, which nothing renews"
    GRANT = "grant", "The refresh token"
    DATA_ACCESS = "data_access", "What the person lets us read"


@tracked
@eventful
@with_due_readings
class SocialNetwork(SocialResource):
    over = {
        "expires_at": None,
        "expires_what": "",
        "doubted_at": None,
        "unbelieved_at": None,
        "scopes_granted": [],
        "scopes_missing": [],
    }
    shape = Shape(
        "network",
        "networks",
        label="Network",
        network_field="network_type",
        named=False,
        brief_tail=("verified", "connected_at"),
        full_head=("verified",),
        full_tail=(
            "engagement_source",
            "engagement_as_of",
            "expires_at",
            "expires_what",
            "scopes_granted",
            "scopes_missing",
        ),
    )

    engagement_source = models.CharField(max_length=8, choices=EngagementSource.choices, blank=True)
    engagement_as_of = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="When the connection ends unless its owner connects again"
    )
    expires_what = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    scopes_granted = scopes("What the provider says that its owner allowed; empty if it does not say")
    scopes_missing = scopes("What a link may ask for once more")
    doubted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when its provider refuses each token it gives"
    )
    unbelieved_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its provider called it dead, and too many others with it"
    )

    objects = NetworkQuerySet.as_manager()  # type: ignore[misc]

    class Meta(SocialResource.Meta):
        verbose_name = "social network"
        indexes = [
            *SocialResource.Meta.indexes,
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="network_ends"),
        ]

    @property
    def has_computed_engagement(self) -> bool:
        return self.verified and self.engagement_source == EngagementSource.ERF_1

    def claim_engagement(self, rate: float | None) -> dict[str, Any]:
        """The columns for a rate that the creator typed (None removes it); none if a computed rate is there."""
        if self.has_computed_engagement:
            return {}
        source = EngagementSource.CLAIMED if rate is not None else ""
        return {"engagement_rate": rate, "engagement_source": source, "engagement_as_of": None}

    def keep_engagement(self, rate: float, now: datetime) -> bool:
        """Write the rate computed from this account's posts, in place of one that the creator typed.

        False if the record is not that account's any more.
        """
        rows = type(self).objects.filter(pk=self.pk, verified=True, provider_uid=self.provider_uid)
        return (
            rows.exclude(status__in=(Status.SUSPENDED, Status.DISCONNECTED)).update(
                engagement_rate=rate,
                engagement_source=EngagementSource.ERF_1,
                engagement_as_of=now,
                extra_data=without("extra_data", "engagement_rate"),
                last_updated=now,
            )
            == 1
        )

    @classmethod
    def limit(cls) -> int:
        return settings.CONNECT_MAX_NETWORKS
