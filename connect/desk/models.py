"""The tables of the moderators' desk: who reviews which record, decisions for the figures, and frequent reasons."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.clock import shared
from connect.moderation.workflow import STAFF_DECISIONS

HOLD_FOR = timedelta(minutes=10)
"""How long a held record does not appear in colleagues' queues."""


class ReviewQuerySet(models.QuerySet["Review"]):
    def take(self, resource: Any, staff: Any, now: datetime) -> bool:
        """Hold the record for a member of staff; False if a colleague holds it."""
        key = {"content_type": ContentType.objects.get_for_model(type(resource)), "object_id": resource.pk}
        self.bulk_create([self.model(**key, staff=staff, until=now)], ignore_conflicts=True)
        free = Q(until__lte=shared(now)) | Q(staff=staff)
        return self.filter(free, **key).update(staff=staff, until=shared(now) + HOLD_FOR) == 1

    def give_back(self, resource: Any, staff: Any) -> None:
        kind = ContentType.objects.get_for_model(type(resource))
        self.filter(content_type=kind, object_id=resource.pk, staff=staff).delete()

    def of(self, resource: Any) -> Any:
        """The review by which somebody holds the record now; None if nobody does."""
        kind = ContentType.objects.get_for_model(type(resource))
        reviews = self.filter(content_type=kind, object_id=resource.pk, until__gt=shared(timezone.now()))
        return reviews.select_related("staff").first()

    def by_others(self, model: Any, staff: Any, now: datetime) -> Any:
        """The ids of records of that kind that colleagues hold."""
        kind = ContentType.objects.get_for_model(model)
        return self.filter(content_type=kind, until__gt=shared(now)).exclude(staff=staff).values("object_id")


class Review(models.Model):
    """A member of staff holds a record, so that two do not work on it."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.BigIntegerField()
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    until = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id"], name="one_review_a_record")]

    def __str__(self) -> str:
        return f"{self.staff} until {self.until:%H:%M}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def keep(self, model: type[models.Model], ids: list[int], name: str, *, by: Any, now: datetime) -> None:
        kind = ContentType.objects.get_for_model(model)
        self.bulk_create([self.model(content_type=kind, object_id=pk, decision=name, staff=by, at=now) for pk in ids])

    def forget(self, resource: Any, name: str, *, by: Any, at: datetime) -> None:
        """Delete a decision that was undone, so that the figures do not count it."""
        kind = ContentType.objects.get_for_model(type(resource))
        self.filter(content_type=kind, object_id=resource.pk, decision=name, staff=by, at=at).delete()


class Decision(models.Model):
    """A decision of staff, for the figures by day and person; its reason is in the record's audit trail."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.BigIntegerField()
    decision = models.CharField(max_length=12)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="decisions")
    at = models.DateTimeField(db_index=True)

    objects = DecisionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.decision} by {self.staff or 'command'}"


class DecisionReason(models.Model):
    """A frequent reason, which a moderator clicks instead of typing it."""

    decision = models.CharField(max_length=12, choices=[(name, name) for name in STAFF_DECISIONS])
    title = models.CharField(max_length=60)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ("decision", "title")
        constraints = [models.UniqueConstraint(fields=["decision", "title"], name="one_reason_of_a_title")]

    def __str__(self) -> str:
        return f"{self.decision}: {self.title}"
