"""Due work in the database: claimed under a lease with a growing fencing token, so that Redis may be lost any time."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import connection, models, transaction
from django.db.models import Q


class LeaseFields(models.Model):
    next_refresh_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class LeaseQuerySet(models.QuerySet[Any]):
    def due(self, now: datetime) -> Self:
        """Rows whose time has come and that nobody holds."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        return self.filter(free, next_refresh_at__lte=now)

    def leased(self, now: datetime) -> Self:
        return self.filter(lease_until__gt=now)

    def held(self, token: int) -> Self:
        """Rows still held under that claim: a worker that woke up too late finds none."""
        return self.filter(lease_token=token, lease_until__isnull=False)

    def claim(self, *, most: int, now: datetime, lease: timedelta) -> tuple[int, list[int]]:
        """Take up to `most` rows of this set, longest due first, passing over rows that others are taking.

        Returns the fencing token, which grows with every claim, and the ids.
        """
        with transaction.atomic():
            ids = list(
                self.order_by("next_refresh_at", "pk")
                .select_for_update(skip_locked=True)
                .values_list("pk", flat=True)[:most]
            )
            if not ids:
                return 0, []
            token = _next_token()
            self.model._default_manager.filter(pk__in=ids).update(lease_token=token, lease_until=now + lease)
        return token, ids


def _next_token() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('connect_lease_token')")
        return int(cursor.fetchone()[0])
