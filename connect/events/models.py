import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q

AT_ONCE = 10_000
PRUNED_AT_ONCE = 5_000
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('events in order', 0))"
NUMBER = """
WITH waiting AS (SELECT id FROM connect_event WHERE position IS NULL ORDER BY id LIMIT %s),
numbered AS (SELECT id, nextval('connect_event_position') AS place FROM waiting)
UPDATE connect_event SET position = place FROM numbered WHERE connect_event.id = numbered.id
"""


class EventQuerySet(models.QuerySet["Event"]):
    def in_order(self) -> Self:
        """Those that have a place, in order: none can appear before another any more."""
        return self.filter(position__isnull=False).exclude(data={}).order_by("position")

    @transaction.atomic
    def number(self) -> None:
        """Give all that can be seen by now their places, one caller at a time.

        Their ids are no order to read them by: a transaction may take a number and commit long after the next one.
        """
        if self.filter(position=None).exists():
            with connection.cursor() as cursor:
                cursor.execute(LOCK)
                cursor.execute(NUMBER, [AT_ONCE])

    def prune(self, before: datetime) -> int:
        """Delete what is older, a slice at a time; what may be told only once stays, without what it told."""
        old, deleted = self.filter(created_at__lt=before), 0
        old.exclude(once="").exclude(data={}).update(data={})
        while slice_ := list(old.filter(once="").values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
            self.filter(pk__in=slice_).delete()
            deleted += len(slice_)
        return deleted


class Event(models.Model):
    """What happened, once. `position` is its place in the feed, given when it can be seen by others."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="events")
    type = models.CharField(max_length=40)
    kind = models.CharField(max_length=8)
    object_id = models.BigIntegerField()
    data = models.JSONField()
    created_at = models.DateTimeField()
    position = models.BigIntegerField(null=True, unique=True)
    once = models.CharField(max_length=60, blank=True)
    """What may be told once only of a record, such as a warning of a certain day; empty is any number of times."""
    actor = models.CharField(max_length=8, blank=True, db_default="", editable=False)
    """Who did it, as `by` of a disconnect tells: owner, provider, staff or system. Nobody is mailed their own acts."""

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "position"], name="events_of_a_user"),
            models.Index(fields=["id"], condition=Q(position=None), name="events_to_number"),
            models.Index(fields=["created_at"], name="events_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "once"], condition=~Q(once=""), name="event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.object_id}"

    @property
    def body(self) -> dict[str, Any]:
        """What is told of it, in the feed and by webhook alike."""
        return {"id": str(self.uid), "type": self.type, "created_at": self.created_at, "data": self.data}
