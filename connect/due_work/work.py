"""What a kind of due work declares, and how all kinds are claimed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q

from connect.clock import shared
from connect.database.advisory_locks import try_lock
from connect.due_work.leases import LeaseQuerySet

MOST_OF_IT = 0.9
"""The part of a lease that a worker has at least when it begins."""


@dataclass(frozen=True)
class Claim:
    """Rows of one lane, claimed together under one fencing token."""

    lane: str
    token: int
    ids: list[int]


@dataclass(frozen=True)
class DueWork:
    """A kind of due work. Its lanes are what may hang by itself: a provider, or an endpoint of webhooks."""

    name: str
    lanes: Callable[[datetime], Iterable[str]]
    """The lanes that may be worked at in that moment."""
    rows: Callable[[str], LeaseQuerySet]
    """What can be done at all in a lane, due or not."""
    room: Callable[[str, int, datetime], int]
    """How many rows of a lane may be claimed, with so many of them under way already."""
    lease: Callable[[], timedelta]
    """How long a claim lasts from when it is handed out, and again from when a worker begins late with it."""
    batch: Callable[[str], int] = lambda lane: 1
    """How many rows a worker takes at once."""
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
        """Claim one lane's share of this round; nothing if another planner is at it, so that the room is kept to.

        `most`: no more than that, by who can only work off so many.
        """
        if not try_lock(f"plan:{self.name}:{lane}"):
            return []
        rows = self.rows(lane)
        room = self.room(lane, rows.leased(now).count(), now)
        wanted = room if most is None else min(room, most)
        return list(self.claim(lane, rows.due(now), most=wanted, now=now)) if wanted > 0 else []

    def claim_one(self, pk: Any, lane: str, now: datetime) -> Claim | None:
        """Claim that one row, if it is due and nobody has it."""
        return next(self.claim(lane, self.rows(lane).due(now).filter(pk=pk), most=1, now=now), None)

    def claim(self, lane: str, rows: LeaseQuerySet, *, most: int, now: datetime) -> Iterator[Claim]:
        """Claim up to `most` of these rows at once and divide them into what a worker takes."""
        token, ids = rows.claim(most=max(most, 0), now=now, lease=self.lease())
        size = self.batch(lane)
        for start in range(0, len(ids), size):
            yield Claim(lane, token, ids[start : start + size])

    def state(self, lane: str, now: datetime) -> dict[str, Any]:
        """How a lane stands: how much is due, for how many seconds, how much is under way, and how much failed last."""
        rows = self.rows(lane)
        column = rows.due_column
        due = rows.due(now).aggregate(count=Count("pk"), oldest=Min(column))
        return {
            "due": due["count"],
            "oldest_due_seconds": max((now - due["oldest"]).total_seconds(), 0) if due["oldest"] else 0,
            "outstanding": rows.leased(now).count(),
        }

    def begin(self, claim: Claim, now: datetime, *related: str) -> list[Any]:
        """The rows that are still ours, with most of their lease left: messages may have waited for their worker.

        `related` is what comes with each of them, as for `select_related`.
        """
        ours = self.rows(claim.lane).held(claim.token).filter(pk__in=claim.ids).select_related(*related or [None])
        ends = shared(now) + MOST_OF_IT * self.lease()
        rows = list(ours.annotate(lease_is_short=ExpressionWrapper(Q(lease_until__lt=ends), BooleanField())))
        if any(row.lease_is_short for row in rows):
            ours.prolong(now, self.lease())
            rows = list(ours)  # somebody else may have claimed them before that
        return rows
