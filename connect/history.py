"""The follower history of a record: one reading a UTC day, as far as its network's rules let it be kept, and growth."""

from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from connect.database.pieces import pieces
from connect.database.prepared import prepared
from connect.moderation.quality import CountSource
from connect.retention import Data, allows, rule_of

FIELDS = ("date", "followers", "source", "as_of")
READINGS = """
SELECT day, followers, source, as_of FROM connect_followerreading
WHERE content_type_id = %s AND object_id = %s AND day >= %s ORDER BY day
"""


class FollowerReadingQuerySet(models.QuerySet[Any]):
    def record(self, counts: dict[Any, tuple[int | None, str]], *, as_of: datetime) -> None:
        """Store a count and its source as each resource's reading of the day, in place of an earlier one.

        A count that is not known is not stored.
        """
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
                if followers is not None and allows(resource.network, Data.HISTORY)
            ],
            update_conflicts=True,
            unique_fields=["content_type", "object_id", "day"],
            update_fields=["followers", "source", "as_of"],
        )

    def of(self, resource: Any, *, since: date) -> list[dict[str, Any]]:
        """The readings of one record since that day, oldest first, as the API tells them."""
        kind = ContentType.objects.get_for_model(type(resource))
        return [dict(zip(FIELDS, row, strict=True)) for row in prepared(READINGS, [kind.pk, resource.pk, since])]

    def prune(self, model: Any, network: str, now: datetime) -> int:
        """Delete the readings that the network's rules forbid to keep, of that kind of record; return how many."""
        rule = rule_of(network, Data.HISTORY)
        if rule.days is None and rule.days_after is None:
            return 0
        rows, before = model.objects.filter(network=network), rule.read_before(now)
        aged = self._prune(model, rows, day__lt=before.date()) if before else 0
        return aged + self._prune(model, rows.filter(rule.of_ended(now)))

    def _prune(self, model: Any, rows: Any, **which: date) -> int:
        """Delete by the index that begins with the record."""
        of_kind = self.filter(content_type=ContentType.objects.get_for_model(model), **which)
        return sum(of_kind.filter(object_id__in=piece).delete()[0] for piece in pieces(rows))


class FollowerReading(models.Model):
    """One reading per resource and UTC day."""

    content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, db_index=False
    )  # the constraint begins with it
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
