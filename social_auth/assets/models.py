from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from connect.due_work.leases import DueFields
from connect.identity.identity_keys import identity_keys, spellings
from connect.moderation.quality import CountSource
from connect.moderation.workflow import Health, Status
from connect.network_table import Network
from networks.models import SocialNetwork
from networks.schedules import ScheduleQuerySet, lane_indexes
from social_auth.providers.records import Profile

VOUCHING = (Status.PENDING, Status.ACCEPTED)
"""Only an account in one of these states proves what it administers."""
ALIVE = (Health.HEALTHY, Health.EXPIRING, Health.SUSPECT)


def keys_of_asset(network: str, uid: str, names: Iterable[str], url: str) -> list[str]:
    """The identity keys of an asset, those of its ids first."""
    return identity_keys(network, [uid, *sorted(names), url])


class AssetQuerySet(models.QuerySet["Asset"]):
    def listed_for(self, user_id: int, network: str) -> Self:
        """What a creator's proven accounts of a network administer; suspended and broken accounts do not count."""
        listed = self.filter(network__user_id=user_id, network__network=network, missing_since__isnull=True)
        return listed.filter(network__verified=True, network__status__in=VOUCHING, network__health__in=ALIVE)

    def naming(self, resource: Any) -> Self:
        """The assets that the creator's record claims, in any spelling, or that proved it before."""
        called = Q(identity_keys__overlap=spellings(resource.network, resource.identity_keys))
        if resource.provider_uid:
            called |= Q(provider_uid=resource.provider_uid)
        return self.listed_for(resource.user_id, resource.network).filter(called, noun=resource.shape.noun)

    def keep(self, network: SocialNetwork, noun: str, listed: Sequence[Profile], now: datetime) -> None:
        """Insert or update the listed assets in one statement."""
        rows = [
            self.model(
                network=network,
                noun=noun,
                provider_uid=profile.uid,
                names=sorted(profile.names),
                name=profile.name,
                url=profile.url,
                followers=profile.followers,
                followers_source=profile.provenance,
                extra_data=profile.extra,
                identity_keys=keys_of_asset(network.network, profile.uid, profile.names, profile.url),
                seen_at=now,
                missing_since=None,
            )
            for profile in {profile.uid: profile for profile in listed}.values()
        ]
        updated = ["names", "name", "url", "followers", "followers_source", "extra_data", "seen_at", "missing_since"]
        updated.append("identity_keys")
        keys = ["network", "noun", "provider_uid"]
        self.bulk_create(rows, update_conflicts=True, unique_fields=keys, update_fields=updated, batch_size=1000)


class Asset(models.Model):
    """A page, board, channel or organisation that a connected account administers, as its provider lists it."""

    network = models.ForeignKey(SocialNetwork, on_delete=models.CASCADE, related_name="assets")
    noun = models.CharField(max_length=8, choices=[(noun, noun) for noun in ("page", "wall", "channel")])
    provider_uid = models.CharField(max_length=191)
    names = ArrayField(models.CharField(max_length=191), default=list, help_text="Other public ids of the same")
    identity_keys = ArrayField(
        models.TextField(), default=list, db_default=Value([], ArrayField(models.TextField())), editable=False
    )
    """The keys under which a creator may claim it."""
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2048)
    followers = models.BigIntegerField(null=True, blank=True)
    followers_source = models.CharField(max_length=8, choices=CountSource.choices, blank=True)
    extra_data = models.JSONField(default=dict, blank=True)
    seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "noun", "provider_uid"], name="one_row_an_asset")]

    def __str__(self) -> str:
        return f"{self.noun} {self.provider_uid} of network {self.network_id}"

    def as_profile(self) -> Profile:
        return Profile(
            uid=self.provider_uid,
            external_id=self.provider_uid,
            aliases=frozenset(self.names),
            name=self.name,
            url=self.url,
            followers=self.followers,
            source=self.followers_source,
            extra=self.extra_data,
        )


class DiscoveryQuerySet(ScheduleQuerySet):
    anew = ("failures", "lease_until", "digest")


class Discovery(DueFields):
    """When an account's assets are listed next, and the result of the last listing."""

    network = models.OneToOneField(SocialNetwork, on_delete=models.CASCADE, primary_key=True, related_name="discovery")
    provider = models.CharField(max_length=16, choices=Network.choices, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True, help_text="Why the last attempt listed nothing")
    digest = models.CharField(
        max_length=32, blank=True, db_default="", editable=False, help_text="Of the list that was written last"
    )

    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "discoveries"
        indexes = lane_indexes("discovery")

    def __str__(self) -> str:
        return f"what network {self.pk} administers"
