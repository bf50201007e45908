"""The moderators' queue: records of all four kinds that wait, except for those that a colleague holds.

Each kind has lines, each with an index in its order. A page merges the first rows of each line, so its cost depends on
what it shows and not on how many wait.
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

PAGE_SIZE = 50
LAST_PAGE = 40
"""Each page reads the rows of the pages before it; records behind the last page are found with filters."""
MAX_COUNTED = 10_000
"""Rows of a line that are counted at most."""
MAX_BADGE = 100
"""The same, for the number beside the queue's link on every page."""
UNKNOWN = -1
"""Stands for an unknown follower count in the order."""


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    number: int
    total: int
    is_more: bool
    """Whether more wait than were counted."""

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_SIZE + 1 if self.rows else 0

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
    return {noun: sum(rows[:MAX_COUNTED].count() for _, rows in lines(model)) for noun, model in kinds().items()}


def badge() -> str:
    """How many wait, as a short text; empty if none does."""
    count = _count((rows for model in kinds().values() for _, rows in lines(model)), MAX_BADGE)
    return f"{MAX_BADGE - 1}+" if count >= MAX_BADGE else str(count or "")


def oldest() -> datetime | None:
    """Since when the first record waits; None if none waits."""
    firsts = (rows.order_by(moment).first() for model in kinds().values() for moment, rows in lines(model))
    return min((row.waiting_since for row in firsts if row), default=None)


def page(filters: Filters, staff: Any, now: datetime, number: int) -> Page:
    """A page of the records that wait and that no colleague holds."""
    number = min(max(number, 1), LAST_PAGE)
    lines_ = list(_lines(filters, staff, now, None))
    total = _count((rows for _, _, rows in lines_), MAX_COUNTED)
    places = _first(filters, lines_, number * PAGE_SIZE)[(number - 1) * PAGE_SIZE :]
    return Page(_rows(places), number, total, total >= MAX_COUNTED)


def following(filters: Filters, staff: Any, now: datetime, *, after: tuple[Any, ...] | None = None) -> Any:
    """The next record behind the given place, or the first one if there is none behind it."""
    behind = _first(filters, _lines(filters, staff, now, after), 1)
    if not behind and after:
        behind = _first(filters, _lines(filters, staff, now, None), 1)
    return next(iter(_rows(behind)), None)


def place(row: Any, filters: Filters) -> tuple[Any, ...]:
    """A record's place in the queue's order."""
    if filters.sort == "followers":
        return (UNKNOWN if row.followers is None else row.followers), row.shape.noun, row.pk
    return row.waiting_since, row.shape.noun, row.pk


def _lines(
    filters: Filters, staff: Any, now: datetime, after: tuple[Any, ...] | None
) -> Iterator[tuple[str, Any, QuerySet[Any]]]:
    """The lines of the queue: the kind's noun, the column of order, and the rows."""
    for model in filters.models():
        held_ids = Review.objects.by_others(model, staff, now)
        for moment, line in filters.lines(model):
            key = F("followers" if filters.sort == "followers" else moment)
            rows = filters.narrow(line, moment, now).exclude(pk__in=held_ids).annotate(key=key)
            behind = _behind(after, model.shape.noun, filters) if after else Q()
            yield model.shape.noun, key, rows.filter(behind)


def _first(filters: Filters, lines_: Any, most: int) -> list[tuple[Any, ...]]:
    """The places of the first records of these lines."""
    places: set[tuple[Any, ...]] = set()
    for noun, key, rows in lines_:
        ordered = rows.order_by(_direction(key, filters), "pk").values_list("key", "pk")[:most]
        places.update((UNKNOWN if value is None else value, noun, pk) for value, pk in ordered)
    in_order = sorted(places, key=lambda place: place[1:])
    return sorted(in_order, key=lambda place: place[0], reverse=bool(filters.sort))[:most]


def _rows(places: list[tuple[Any, ...]]) -> list[Any]:
    """The records at these places, with their creators, a query for each kind."""
    records: dict[tuple[str, int], Any] = {}
    for noun in {noun for _, noun, _ in places}:
        ids = [pk for _, place_noun, pk in places if place_noun == noun]
        rows = kinds()[noun]._default_manager.filter(pk__in=ids).select_related("user")
        records |= {(noun, row.pk): row for row in rows}
    return [records[noun, pk] for _, noun, pk in places if (noun, pk) in records]


def _count(lines_: Iterator[QuerySet[Any]], most: int) -> int:
    """How many rows these lines have together, at most `most` of each, in one statement."""
    parts = [rows.order_by().values("pk")[:most] for rows in lines_]
    return reduce(lambda union, other: union.union(other, all=True), parts).count()


def _direction(key: F, filters: Filters) -> Any:
    """The order of the indexes."""
    if filters.sort == "followers":
        return key.desc(nulls_last=True)
    return key.desc() if filters.sort else key.asc()


def _behind(after: tuple[Any, ...], noun: str, filters: Filters) -> Q:
    """The rows behind a place, in SQL and in the order of `_first`."""
    key, after_noun, pk = after
    in_line = Q(pk__gt=pk) if noun == after_noun else Q(pk__gt=0 if noun > after_noun else MAX_BIGINT)
    if filters.sort != "followers":
        return Q(**{"key__lt" if filters.sort else "key__gt": key}) | Q(key=key) & in_line
    if key == UNKNOWN:
        return Q(key=None) & in_line
    return Q(key__lt=key) | Q(key=None) | Q(key=key) & in_line
