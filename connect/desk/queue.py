"""The queue of the moderators: what waits, over all four kinds, as far as nobody else is at it.

Each kind has lines of what waits, each with an index in the order in which it is read. However many wait, a page costs
what it shows: the first of each line, put in order here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models import F, Q, QuerySet

from connect.api.fields import MAX_BIGINT
from connect.desk.filters import Filters
from connect.desk.models import Review
from connect.moderation.kinds import kinds
from connect.moderation.waiting import lines

SHOWN = 50
LAST_PAGE = 40
"""Whoever wants to see what stands behind it narrows the queue: each page reads those before it."""
COUNTED = 10_000
"""Of each line no more are counted."""
BADGE = 100
"""The same, for the number beside the queue on every page."""
UNKNOWN = -1
"""Where a count stands that is not known."""


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    number: int
    total: int
    is_more: bool
    """Whether more wait than were counted."""

    @property
    def first(self) -> int:
        return (self.number - 1) * SHOWN + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.last < self.total and self.number < LAST_PAGE else None


def counts() -> dict[str, int]:
    """How many wait, by kind."""
    return {noun: sum(rows[:COUNTED].count() for _, rows in lines(model)) for noun, model in kinds().items()}


def badge() -> str:
    """How many wait, in a few letters; empty if nobody does."""
    found = _count((rows for model in kinds().values() for _, rows in lines(model)), BADGE)
    return f"{BADGE - 1}+" if found >= BADGE else str(found or "")


def oldest() -> datetime | None:
    """Since when the one waits that waits longest; None if nobody does."""
    firsts = (rows.order_by(moment).first() for model in kinds().values() for moment, rows in lines(model))
    return min((row.waiting_since for row in firsts if row), default=None)


def page(filters: Filters, staff: Any, now: datetime, number: int) -> Page:
    """That page of the records that wait and that no colleague holds."""
    number = min(max(number, 1), LAST_PAGE)
    told = list(_lines(filters, staff, now, None))
    total = _count((rows for _, _, rows in told), COUNTED)
    places = _first(filters, told, number * SHOWN)[(number - 1) * SHOWN :]
    return Page(_rows(places), number, total, total >= COUNTED)


def following(filters: Filters, staff: Any, now: datetime, *, after: tuple[Any, ...] | None = None) -> Any:
    """The next record in line, behind that place if one is given; the first one if there is none behind it."""
    behind = _first(filters, _lines(filters, staff, now, after), 1)
    if not behind and after:
        behind = _first(filters, _lines(filters, staff, now, None), 1)
    return next(iter(_rows(behind)), None)


def place(row: Any, filters: Filters) -> tuple[Any, ...]:
    """Where a record stands in line."""
    if filters.sort == "followers":
        return (UNKNOWN if row.followers is None else row.followers), row.shape.noun, row.pk
    return row.waiting_since, row.shape.noun, row.pk


def _lines(
    filters: Filters, staff: Any, now: datetime, after: tuple[Any, ...] | None
) -> Iterator[tuple[str, Any, QuerySet[Any]]]:
    """What waits, line by line: the kind's noun, by what it is ordered, and its rows."""
    for model in filters.models():
        held = Review.objects.by_others(model, staff, now)
        for moment, line in filters.lines(model):
            key = F("followers" if filters.sort == "followers" else moment)
            rows = filters.narrow(line, moment, now).exclude(pk__in=held).annotate(key=key)
            behind = _behind(after, model.shape.noun, filters) if after else Q()
            yield model.shape.noun, key, rows.filter(behind)


def _first(filters: Filters, told: Any, most: int) -> list[tuple[Any, ...]]:
    """The places of the first records of these lines."""
    places: set[tuple[Any, ...]] = set()
    for noun, key, rows in told:
        ordered = rows.order_by(_direction(key, filters), "pk").values_list("key", "pk")[:most]
        places.update((UNKNOWN if value is None else value, noun, pk) for value, pk in ordered)
    in_order = sorted(places, key=lambda place: place[1:])
    return sorted(in_order, key=lambda place: place[0], reverse=bool(filters.sort))[:most]


def _rows(places: list[tuple[Any, ...]]) -> list[Any]:
    """The records at these places, with their creators, a query for each kind."""
    found: dict[tuple[str, int], Any] = {}
    for noun in {noun for _, noun, _ in places}:
        ids = [pk for _, other, pk in places if other == noun]
        rows = kinds()[noun]._default_manager.filter(pk__in=ids).select_related("user")
        found |= {(noun, row.pk): row for row in rows}
    return [found[noun, pk] for _, noun, pk in places if (noun, pk) in found]


def _count(lines_: Iterator[QuerySet[Any]], most: int) -> int:
    """How many rows these lines have together, in one statement, as far as `most` of each."""
    parts = [rows.order_by().values("pk")[:most] for rows in lines_]
    return reduce(lambda one, other: one.union(other, all=True), parts).count()


def _direction(key: F, filters: Filters) -> Any:
    """As the indexes have it."""
    if filters.sort == "followers":
        return key.desc(nulls_last=True)
    return key.desc() if filters.sort else key.asc()


def _behind(after: tuple[Any, ...], noun: str, filters: Filters) -> Q:
    """The same order as `_first` gives, in SQL."""
    key, other, pk = after
    in_line = Q(pk__gt=pk) if noun == other else Q(pk__gt=0 if noun > other else MAX_BIGINT)
    if filters.sort != "followers":
        return Q(**{"key__lt" if filters.sort else "key__gt": key}) | Q(key=key) & in_line
    if key == UNKNOWN:
        return Q(key=None) & in_line
    return Q(key__lt=key) | Q(key=None) | Q(key=key) & in_line
