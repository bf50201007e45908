from django.db import models

from connect.due_work.leases import DueFields
from connect.network_table import Network
from networks.models import SocialNetwork
from networks.schedules import ScheduleQuerySet, lane_indexes


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
