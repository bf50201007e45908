"""The declaration of a kind of due work, and how its rows are claimed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q

from connect.clock import shared
from connect.database.advisory_locks import try_lock
from connect.due_work.leases import LeaseQuerySet
from connect.due_work.open_claims import OpenClaim

MOST_OF_IT = 0.9
"""A worker that begins with less of its lease left extends it."""


@dataclass(frozen=True)
class Claim:
    """Rows of one lane, claimed together under one fencing token."""

    lane: str
    token: int
    ids: list[int]


@dataclass(frozen=True)
class DueWork:
    """A kind of due work. A lane is what may be slow on its own: a provider, or an endpoint of webhooks."""

    name: str
    lanes: Callable[[datetime], Iterable[str]]
    """The lanes that may be worked at in that moment."""
    rows: Callable[[str], LeaseQuerySet]
    """All rows of a lane that can be worked on, due or not."""
    room: Callable[[str, int, datetime], int]
    """How many rows of a lane may be claimed, with so many of them under way already."""
    lease: Callable[[], timedelta]
    """How long a claim lasts: from the planner's claim, and again from a worker's late start."""
    batch: Callable[[str], int] = lambda lane: 1
    """How many rows a worker takes at once."""
    lists_claims: bool = False
    """Whether what is under way is found by a list of its claims, as no index of the table may name the lease."""
    shares_queue: bool = False
    """Whether all lanes wait in one queue, because none of them can hold the others up for long."""

    def queue(self, lane: str) -> str:
        """The name of the queue in which a lane's work waits."""
        return self.name if self.shares_queue else f"{self.name}.{lane}"

    def claim_due(self, now: datetime) -> Iterator[Claim]:
        """Claim what is due, lane by lane, as far as there is room."""
        for lane in self.lanes(now):
            yield from self.claim_lane(lane, now)

    @transaction.atomic
    def claim_lane(self, lane: str, now: datetime, *, most: int | None = None) -> list[Claim]:
        """Claim one lane's share of this round; nothing while another planner does, as both together exceed the room.

        `most` is how many the caller can work off itself.
        """
        if not try_lock(f"plan:{self.name}:{lane}"):
            return []
        rows = self.rows(lane)
        if self.lists_claims:
            OpenClaim.objects.forget_closed(self.queue(lane), rows)
        room = self.room(lane, self.outstanding(lane, now), now)
        size = room if most is None else min(room, most)
        return list(self.claim(lane, rows.due(now), most=size, now=now)) if size > 0 else []

    def claim_one(self, pk: Any, lane: str, now: datetime) -> Claim | None:
        """Claim that one row, if it is due and nobody has it."""
        return next(self.claim(lane, self.rows(lane).due(now).filter(pk=pk), most=1, now=now), None)

    def claim(self, lane: str, rows: LeaseQuerySet, *, most: int, now: datetime) -> Iterator[Claim]:
        """Claim up to `most` of these rows in one go, and divide them into batches."""
        with transaction.atomic(savepoint=False):
            token, ids = rows.claim(most=max(most, 0), now=now, lease=self.lease())
            if ids and self.lists_claims:
                OpenClaim.objects.create(token=token, lane=self.queue(lane), ids=ids)
        size = self.batch(lane)
        for start in range(0, len(ids), size):
            yield Claim(lane, token, ids[start : start + size])

    def outstanding(self, lane: str, now: datetime) -> int:
        """How many rows of a lane are under way."""
        rows = self.rows(lane)
        if self.lists_claims:
            return OpenClaim.objects.outstanding(self.queue(lane), rows, now).count()
        return rows.leased(now).count()

    def state(self, lane: str, now: datetime) -> dict[str, Any]:
        """The state of a lane: how many rows are due, for how long the oldest, and how many are leased."""
        rows = self.rows(lane)
        column = rows.due_column
        due = rows.due(now).aggregate(count=Count("pk"), oldest=Min(column))
        return {
            "due": due["count"],
            "oldest_due_seconds": max((now - due["oldest"]).total_seconds(), 0) if due["oldest"] else 0,
            "outstanding": self.outstanding(lane, now),
        }

    def begin(self, claim: Claim, now: datetime, *related: str) -> list[Any]:
        """Return the rows that this claim still has, and extend their leases if the message waited for its worker.

        `related` is for `select_related`.
        """
        ours = self.rows(claim.lane).held(claim.token).filter(pk__in=claim.ids).select_related(*related or [None])
        ends = shared(now) + MOST_OF_IT * self.lease()
        rows = list(ours.annotate(lease_is_short=ExpressionWrapper(Q(lease_until__lt=ends), BooleanField())))
        if any(row.lease_is_short for row in rows):
            ours.prolong(now, self.lease())
            rows = list(ours)  # others may have claimed some before the leases were extended
        return rows
