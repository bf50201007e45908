from datetime import datetime, timedelta
from typing import Self

from django.db import connection, models

from connect import clock
from connect.clock import shared
from connect.network_table import Network

COUNTS = ("calls", "ends", "refreshed", "postponed", "renewed", "refused", "faults", "lost")
ADD = f"""
INSERT INTO budgets_providerminute AS tally (network, minute, {", ".join(COUNTS)})
VALUES (%(network)s, date_trunc('minute', {clock.NOW}), {", ".join(f"%({name})s" for name in COUNTS)})
ON CONFLICT (network, minute) DO UPDATE SET {", ".join(f"{name} = tally.{name} + EXCLUDED.{name}" for name in COUNTS)}
"""  # noqa: S608 - made of nothing but column names


class ProviderMinuteQuerySet(models.QuerySet["ProviderMinute"]):
    def add(self, network: str, now: datetime, **counts: int) -> None:
        """Add to this minute's counts, in one statement: any number of workers count at the same moment."""
        with connection.cursor() as cursor:
            cursor.execute(ADD, dict.fromkeys(COUNTS, 0) | counts | {"network": network, "told": clock.told(now)})

    def within(self, window: timedelta, now: datetime) -> Self:
        """The minutes of that time until now. One that a host wrote whose clock was ahead is none of them."""
        return self.filter(minute__gt=shared(now) - window, minute__lte=shared(now))


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
        default=0, db_default=0, help_text="Renewals newly refused, where readings need no token"
    )
    faults = models.PositiveIntegerField(default=0, help_text="Refusals of us, not of an account")
    lost = models.PositiveIntegerField(default=0, help_text="Renewals whose answer was lost before it was written")

    objects = ProviderMinuteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "minute"], name="one_tally_a_minute")]

    def __str__(self) -> str:
        return f"{self.network} {self.minute:%H:%M}: {self.ends} of {self.calls}"
