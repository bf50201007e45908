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
        """Events with a position, in order: no event can appear before one of these any more."""
        return self.filter(position__isnull=False).exclude(data={}).order_by("position")

    @transaction.atomic
    def number(self) -> None:
        """Give a position to every committed event without one; an advisory lock lets one process do so at a time.

        A feed ordered by id would lose events: a transaction may draw an id and commit long after a later id was read.
        """
        if self.filter(position=None).exists():
            with connection.cursor() as cursor:
                cursor.execute(LOCK)
                cursor.execute(NUMBER, [AT_ONCE])

    def prune(self, before: datetime) -> int:
        """Delete older events in slices. Events that may happen only once stay, emptied, so that none repeats."""
        old, deleted = self.filter(created_at__lt=before), 0
        old.exclude(once="").exclude(data={}).update(data={})
        while slice_ := list(old.filter(once="").values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
            self.filter(pk__in=slice_).delete()
            deleted += len(slice_)
        return deleted


class Event(models.Model):
    """Something that happened to a record. `position` is its place in the feed, set once it has been committed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="events")
    type = models.CharField(max_length=40)
    kind = models.CharField(max_length=8)
    object_id = models.BigIntegerField()
    data = models.JSONField()
    created_at = models.DateTimeField()
    position = models.BigIntegerField(null=True, unique=True)
    once = models.CharField(max_length=60, blank=True)
    """Names an event that a record may have only once, such as a warning of a certain day; empty for all others."""
    actor = models.CharField(max_length=8, blank=True, db_default="", editable=False)
    """Who did it: owner, provider, staff or system. Nobody gets a mail about what they did themselves."""

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
        """The event as the feed shows it."""
        return {"id": str(self.uid), "type": self.type, "created_at": self.created_at, "data": self.data}
