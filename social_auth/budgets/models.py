from datetime import date, datetime, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

from connect import clock
from connect.clock import shared
from connect.network_table import Network

COUNTS = ("calls", "ends", "refreshed", "postponed", "renewed", "refused", "faults", "lost")
ADD = f"""
INSERT INTO budgets_providerminute AS tally (network, minute, {", ".join(COUNTS)})
VALUES (%(network)s, date_trunc('minute', {clock.NOW}), {", ".join(f"%({name})s" for name in COUNTS)})
ON CONFLICT (network, minute) DO UPDATE SET {", ".join(f"{name} = tally.{name} + EXCLUDED.{name}" for name in COUNTS)}
"""


class NetworkPauseQuerySet(models.QuerySet["NetworkPause"]):
    def in_force(self, now: datetime) -> Self:
        return self.filter(Q(until__isnull=True) | Q(until__gt=shared(now)))


class NetworkPause(models.Model):
    """Ops have stopped reading a network's numbers for a while. Connecting and disconnecting go on."""

    network = models.CharField(max_length=16, choices=Network.choices, primary_key=True)
    until = models.DateTimeField(null=True, blank=True, help_text="Empty means until it is resumed")
    reason = models.CharField(max_length=200, blank=True)

    objects = NetworkPauseQuerySet.as_manager()

    class Meta:
        verbose_name = "paused network"

    def __str__(self) -> str:
        return f"{self.network} paused until {self.until or 'resumed'}"

    def clean(self) -> None:
        if self.until is not None and self.until <= timezone.now():
            raise ValidationError({"until": "That is in the past"})


class ProviderDayQuerySet(models.QuerySet["ProviderDay"]):
    def spend(self, network: str, day: date, *, units: int, most: int | None) -> bool:
        """Count units of the provider's day; False, without counting any, if that would be more than `most`."""
        left = self.filter(network=network, day=day)
        if most is not None:
            left = left.filter(units__lte=most - units)
        if left.update(units=F("units") + units):
            return True
        self.bulk_create([self.model(network=network, day=day)], ignore_conflicts=True)  # the first call of the day
        return left.update(units=F("units") + units) == 1

    def spent(self, network: str, day: date) -> int:
        return self.filter(network=network, day=day).values_list("units", flat=True).first() or 0


class ProviderDay(models.Model):
    """What we used of a provider's daily quota or money; in the database, as Redis may lose it."""

    network = models.CharField(max_length=16, choices=Network.choices)
    day = models.DateField(help_text="Of the provider's own clock")
    units = models.PositiveBigIntegerField(default=0)

    objects = ProviderDayQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "day"], name="one_row_a_provider_day")]

    def __str__(self) -> str:
        return f"{self.network} {self.day}: {self.units} units"


class ProviderMinuteQuerySet(models.QuerySet["ProviderMinute"]):
    def add(self, network: str, now: datetime, **counts: int) -> None:
        """Add to this minute's counts in one statement, as many workers count at the same moment."""
        with connection.cursor() as cursor:
            cursor.execute(
                ADD, dict.fromkeys(COUNTS, 0) | counts | {"network": network, "made_up_now": clock.made_up(now)}
            )

    def within(self, window: timedelta, now: datetime) -> Self:
        """The minutes of that window until now; without those of a host whose clock was ahead."""
        return self.filter(minute__gt=shared(now) - window, minute__lte=shared(now))

    def with_ends(self) -> set[str]:
        """The networks that called anything dead in these minutes: on most days none, and nothing more is asked."""
        some = self.filter(models.Q(ends__gt=0) | models.Q(refused__gt=0))
        return set(some.values_list("network", flat=True).distinct())


class ProviderMinute(models.Model):
    """How many accounts we asked a provider about in a minute, and what it answered."""

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
