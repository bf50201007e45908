"""What is done for a connected account in the background, beside reading its numbers."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.network_table import Network
from networks.models import SocialNetwork


class ScheduleQuerySet(LeaseQuerySet):
    anew: tuple[str, ...] = ("failures", "lease_until")
    """What is as if it had never been done."""

    def schedule(self, network: SocialNetwork) -> None:
        """Let it be done soon for that account, and anew if somebody is at it: what they find is of before."""
        row = self.model(network=network, provider=network.network, due_at=timezone.now())
        anew = ["provider", "due_at", *self.anew]
        self.bulk_create([row], update_conflicts=True, unique_fields=["network"], update_fields=anew)


def lane_indexes(name: str) -> list[models.Index]:
    """The indexes by which a provider's due and claimed rows are found."""
    return [
        models.Index(fields=["provider", "due_at"], condition=Q(due_at__isnull=False), name=f"{name}_due"),
        models.Index(fields=["provider"], condition=Q(lease_until__isnull=False), name=f"{name}_leased"),
    ]


class DiscoveryQuerySet(ScheduleQuerySet):
    anew = ("failures", "lease_until", "digest")


class Discovery(DueFields):
    """When what a connected account administers is listed next, and what came of it last."""

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


class Engagement(DueFields):
    """When an account's recent posts are read next, for its engagement rate."""

    network = models.OneToOneField(SocialNetwork, on_delete=models.CASCADE, primary_key=True, related_name="engagement")
    provider = models.CharField(max_length=16, choices=Network.choices, editable=False)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "engagement"
        indexes = lane_indexes("engagement")

    def __str__(self) -> str:
        return f"engagement of network {self.pk}"
