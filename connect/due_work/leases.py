"""Rows that are claimed under a lease with a growing fencing token, and what is done with them.

The ends of leases are compared with the database's clock, as hosts' clocks differ; due times with the host's own.
"""

import random
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import connection, models, transaction
from django.db.models import Case, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Greatest, Least, Power

from connect.clock import shared

CHANCE = 2
"""So many failures in a row may be chance, such as workers that are killed one after the other."""
SET_ASIDE = 5
"""How often the wait doubles, at most, for a row whose workers never report a result."""


class LeaseFields(models.Model):
    """The lease on a row. The model names the column that says when the row is due."""

    due_column: ClassVar[str] = "due_at"

    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last took it")
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Attempts in a row that came to nothing, the one under way included"
    )

    class Meta:
        abstract = True


class DueFields(LeaseFields):
    due_at = models.DateTimeField(null=True, blank=True, help_text="When it is to be done next; empty is not at all")

    class Meta:
        abstract = True


class LeaseQuerySet(models.QuerySet[Any]):
    @property
    def due_column(self) -> str:
        return self.model.due_column

    def free(self, now: datetime) -> Self:
        """Rows without a valid lease."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=shared(now)))

    def due(self, now: datetime) -> Self:
        """Rows that are due and have no valid lease."""
        return self.free(now).filter(**{f"{self.due_column}__lte": now})

    def longest_due_first(self) -> Self:
        return self.order_by(self.due_column, "pk")

    def leased(self, now: datetime) -> Self:
        return self.filter(lease_until__gt=shared(now))

    def held(self, token: int) -> Self:
        """Rows that still belong to that claim; none, if the worker's leases have ended and others took the rows."""
        return self.filter(lease_token=token, lease_until__isnull=False)

    def prolong(self, now: datetime, lease: timedelta) -> None:
        """Extend these leases to their full length, so that a worker does not lose one between two calls.

        Skips rows that somebody is changing at this moment.
        """
        with transaction.atomic():
            ids = list(self.select_for_update(skip_locked=True, no_key=True, of=("self",)).values_list("pk", flat=True))
            self.model._default_manager.filter(pk__in=ids).update(lease_until=shared(now) + lease)

    def claim(self, *, most: int, now: datetime, lease: timedelta) -> tuple[int, list[int]]:
        """Take up to `most` rows of this set, longest due first, passing over rows that others are taking.

        Returns the fencing token, which grows with every claim, and the ids. An attempt counts as failed until its
        worker reports otherwise, so that a row that kills its workers is counted, too. A row whose attempts go on
        failing is due again later than its lease ends, twice as late each time, until a worker reports a result.
        """
        with transaction.atomic(savepoint=False):
            ids = list(
                self.longest_due_first()
                .select_for_update(skip_locked=True, no_key=True, of=("self",))
                .values_list("pk", flat=True)[:most]
            )
            if not ids:
                return 0, []
            token = next_token()
            self.model._default_manager.filter(pk__in=ids).update(
                lease_token=token,
                lease_until=shared(now) + lease,
                claimed_at=now,
                failures=F("failures") + 1,
                **{self.due_column: self._if_nothing_is_heard(now, lease)},
            )
        return token, ids

    def _if_nothing_is_heard(self, now: datetime, lease: timedelta) -> Case:
        """When a row is due again if its worker never reports: at first when its lease ends, then later and later."""
        doublings = Power(2, Least(F("failures") - CHANCE, SET_ASIDE))
        wait = ExpressionWrapper(Value(lease, models.DurationField()) * doublings, models.DurationField())
        later = ExpressionWrapper(shared(now) + wait, models.DateTimeField())
        return Case(When(failures__gt=CHANCE, then=later), default=F(self.due_column))

    def finish(self, token: int, again: datetime | None, **changes: Any) -> bool:
        """Give rows back with a result; due `again` then, or never (None). False if their leases were lost."""
        return self._give_back(token, again, failures=0, **changes)

    def postpone(self, token: int, again: datetime | None, **changes: Any) -> bool:
        """Give rows back without a result; the failure counts. False if their leases were lost."""
        return self._give_back(token, again, **changes)

    def hold_back(self, token: int, again: datetime | None, **changes: Any) -> bool:
        """Give rows back that were not tried; no failure counts. False if their leases were lost."""
        return self._give_back(token, again, failures=Greatest(F("failures") - 1, 0), **changes)

    def _give_back(self, token: int, again: datetime | None, **changes: Any) -> bool:
        return bool(self.held(token).update(lease_until=None, **{self.due_column: again}, **changes))


def next_token() -> int:
    """Draw a fencing token: greater than every one drawn before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('connect_lease_token')")
        return int(cursor.fetchone()[0])


def back_off(failures: int, *, first: timedelta, most: timedelta) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, with up to 20 % at random on top."""
    wait = min(first * 2 ** min(max(failures - 1, 0), 20), most)
    return wait * random.uniform(1.0, 1.2)
