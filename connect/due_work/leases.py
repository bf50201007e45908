"""Rows that are claimed under a lease with a growing fencing token, and what is done with them.

Leases go by the database's clock, whatever the hosts take the time for; what is due goes by theirs.
"""

import random
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import connection, models, transaction
from django.db.models import Case, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Greatest, Least, Power

from connect.clock import shared

CHANCE = 2
"""So many losses in a row may be chance, such as of workers that are killed one after the other."""
SET_ASIDE = 5
"""Doublings of a lease, at most, for which a row is set aside whose workers never said what came of it."""


class LeaseFields(models.Model):
    """Who has a row at the moment. The model says in which column it stands when the row is due."""

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
        """Rows that nobody holds."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=shared(now)))

    def due(self, now: datetime) -> Self:
        """Rows whose time has come and that nobody holds."""
        return self.free(now).filter(**{f"{self.due_column}__lte": now})

    def leased(self, now: datetime) -> Self:
        return self.filter(lease_until__gt=shared(now))

    def held(self, token: int) -> Self:
        """Rows still held under that claim: a worker that woke up too late finds none."""
        return self.filter(lease_token=token, lease_until__isnull=False)

    def prolong(self, now: datetime, lease: timedelta) -> None:
        """Let these leases begin anew: who is at work must not lose one between two calls.

        Rows that somebody is changing at this moment are passed over, not waited for.
        """
        with transaction.atomic():
            ids = list(self.select_for_update(skip_locked=True, no_key=True, of=("self",)).values_list("pk", flat=True))
            self.model._default_manager.filter(pk__in=ids).update(lease_until=shared(now) + lease)

    def claim(self, *, most: int, now: datetime, lease: timedelta) -> tuple[int, list[int]]:
        """Take up to `most` rows of this set, longest due first, passing over rows that others are taking.

        Returns the fencing token, which grows with every claim, and the ids. An attempt counts as failed until its
        worker says otherwise: one that is killed, or takes its worker along, has said nothing. So a row whose attempts
        go on failing is set aside for longer than its lease, twice as long each time, until its worker speaks.
        """
        with transaction.atomic():
            ids = list(
                self.order_by(self.due_column, "pk")
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
        """When a row is due again whose worker never says what came of it: with its lease at first, then later."""
        doublings = Power(2, Least(F("failures") - CHANCE, SET_ASIDE))
        wait = ExpressionWrapper(Value(lease, models.DurationField()) * doublings, models.DurationField())
        later = ExpressionWrapper(shared(now) + wait, models.DateTimeField())
        return Case(When(failures__gt=CHANCE, then=later), default=F(self.due_column))

    def finish(self, token: int, again: datetime | None, **changes: Any) -> bool:
        """Give rows back that came to a result, to be done again then (None: not at all); False if they were lost."""
        return self._give_back(token, again, failures=0, **changes)

    def postpone(self, token: int, again: datetime | None, **changes: Any) -> bool:
        """Give rows back that came to nothing; their failure counts. False if they were lost meanwhile."""
        return self._give_back(token, again, **changes)

    def hold_back(self, token: int, again: datetime | None, **changes: Any) -> bool:
        """Give rows back that were not tried; False if they were lost meanwhile."""
        return self._give_back(token, again, failures=Greatest(F("failures") - 1, 0), **changes)

    def _give_back(self, token: int, again: datetime | None, **changes: Any) -> bool:
        return bool(self.held(token).update(lease_until=None, **{self.due_column: again}, **changes))


def next_token() -> int:
    """Draw a fencing token: greater than every one drawn before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('connect_lease_token')")
        return int(cursor.fetchone()[0])


def back_off(failures: int, *, first: timedelta, most: timedelta) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, never all at the same moment."""
    wait = min(first * 2 ** min(max(failures - 1, 0), 20), most)
    return wait * random.uniform(1.0, 1.2)
