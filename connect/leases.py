"""Due work in the database: claimed under a lease with a growing fencing token, so that Redis may be lost any time."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import connection, models, transaction
from django.db.models import Q


class LeaseFields(models.Model):
    next_refresh_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the provider last told us about it")
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last took it")
    refresh_requested_at = models.DateTimeField(null=True, blank=True, help_text="When its owner last asked for it")
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class LeaseQuerySet(models.QuerySet[Any]):
    def free(self, now: datetime) -> Self:
        """Rows that nobody holds."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))

    def due(self, now: datetime) -> Self:
        """Rows whose time has come and that nobody holds."""
        return self.free(now).filter(next_refresh_at__lte=now)

    def leased(self, now: datetime) -> Self:
        return self.filter(lease_until__gt=now)

    def held(self, token: int) -> Self:
        """Rows still held under that claim: a worker that woke up too late finds none."""
        return self.filter(lease_token=token, lease_until__isnull=False)

    def prolong(self, until: datetime) -> None:
        """Let these leases end later: who is at work must not lose one between two calls.

        Rows that somebody is changing at this moment are passed over, not waited for.
        """
        with transaction.atomic():
            ids = list(self.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
            self.filter(pk__in=ids).update(lease_until=until)

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
            token = next_token()
            self.model._default_manager.filter(pk__in=ids).update(
                lease_token=token, lease_until=now + lease, claimed_at=now
            )
        return token, ids


def next_token() -> int:
    """Draw a fencing token: greater than every one drawn before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('connect_lease_token')")
        return int(cursor.fetchone()[0])
