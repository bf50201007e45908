from django.db import models
from django.utils import timezone

from connect.network_table import Network


class DeletionRequest(models.Model):
    """A deletion that somebody requested through Meta; with the code they can look up whether it is done."""

    code = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    network = models.CharField(max_length=16, choices=Network.choices)
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code
