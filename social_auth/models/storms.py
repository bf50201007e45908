from django.db import models

from connect.network_table import Network


class ProviderMinute(models.Model):
    """How many accounts a provider was asked about in a minute, and how many of them it called dead or gone."""

    network = models.CharField(max_length=16, choices=Network.choices)
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField(default=0)
    ends = models.PositiveIntegerField(default=0)
    refreshed = models.PositiveIntegerField(default=0)
    postponed = models.PositiveIntegerField(default=0)
    renewed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(
        default=0, help_text="Renewals newly refused, where readings need no token"
    )
    faults = models.PositiveIntegerField(default=0, help_text="Refusals of us, not of an account")
    lost = models.PositiveIntegerField(default=0, help_text="Renewals whose answer was lost before it was written")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "minute"], name="one_tally_a_minute")]

    def __str__(self) -> str:
        return f"{self.network} {self.minute:%H:%M}: {self.ends} of {self.calls}"
