"""The follower history of a record: one reading a UTC day, its growth, and how long it is kept."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from connect.moderation.quality import CountSource
from connect.network_table import Network

PRUNED_AT_ONCE = 1_000
"""Records whose readings are pruned in one statement, which then uses the index that begins with the record."""


class FollowerReadingQuerySet(models.QuerySet[Any]):
    def keep(self, counts: dict[Any, tuple[int | None, str]], *, as_of: datetime) -> None:
        """Keep the day's reading of each resource, a count and its source; the latest one wins, an unknown is none."""
        self.bulk_create(
            [
                self.model(
                    content_type=ContentType.objects.get_for_model(type(resource)),
                    object_id=resource.pk,
                    day=as_of.date(),
                    followers=followers,
                    source=source,
                    as_of=as_of,
                )
                for resource, (followers, source) in counts.items()
                if followers is not None
            ],
            update_conflicts=True,
            unique_fields=["content_type", "object_id", "day"],
            update_fields=["followers", "source", "as_of"],
        )

    def of(self, resource: Any, *, since: date) -> Any:
        """The readings of one record since that day, oldest first."""
        kind = ContentType.objects.get_for_model(type(resource))
        return self.filter(content_type=kind, object_id=resource.pk, day__gte=since).order_by("day")

    def prune(self, model: Any, network: str, now: datetime) -> int:
        """Delete what is kept too long of that kind of record and network; return how many readings that were."""
        days = settings.HISTORY_DAYS.get(network, settings.HISTORY_DAYS["default"])
        if not days:
            return 0
        kind, before = ContentType.objects.get_for_model(model), now.date() - timedelta(days=days)
        ids = model.objects.filter(network=network).order_by("pk").values_list("pk", flat=True)
        deleted, last = 0, 0
        while chunk := list(ids.filter(pk__gt=last)[:PRUNED_AT_ONCE]):
            deleted += self.filter(content_type=kind, object_id__in=chunk, day__lt=before).delete()[0]
            last = chunk[-1]
        return deleted


class FollowerReading(models.Model):
    """One reading per resource and UTC day."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.BigIntegerField()
    day = models.DateField()
    followers = models.BigIntegerField()
    source = models.CharField(max_length=8, choices=CountSource.choices)
    as_of = models.DateTimeField()

    objects = FollowerReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id", "day"], name="one_reading_a_day"),
            models.CheckConstraint(condition=Q(followers__gte=0), name="reading_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.followers} on {self.day}"


def growth(readings: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What changed from the first reading to the last; None unless there are two. `percent` is None from zero."""
    if len(readings) < 2:
        return None
    first, last = readings[0], readings[-1]
    change = last["followers"] - first["followers"]
    percent = round(100 * change / first["followers"], 2) if first["followers"] else None
    return {"since": first["date"], "until": last["date"], "followers": change, "percent": percent}


def prune(models_: list[Any], now: datetime) -> dict[str, int]:
    """Prune every kind of record; return the deleted readings by network, without zeros."""
    counts = {
        str(network): sum(FollowerReading.objects.prune(model, network, now) for model in models_)
        for network in Network.values
    }
    return {network: count for network, count in counts.items() if count}
