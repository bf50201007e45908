"""The queue of the moderators: what waits, over all four kinds, longest first, as far as nobody else is at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from connect.api.fields import MAX_BIGINT
from connect.desk.models import Review
from connect.models import SocialResource
from connect.moderation.kinds import kinds
from connect.moderation.waiting import flagged, lines
from connect.network_table import Network

SHOWN = 50
BOOLEAN = ("verified", "flagged")
YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True)
class Filters:
    """What the queue is narrowed to; empty is everything. Saved in the address."""

    kind: str = ""
    network: str = ""
    category: str = ""
    verified: str = ""
    flagged: str = ""
    days: str = field(default="", metadata={"about": "waiting at least so many days"})

    @classmethod
    def read(cls, params: Any) -> "Filters":
        """Read the address; what makes no sense there counts as nothing."""
        given = {one.name: str(params.get(one.name, "")).strip()[:64] for one in fields(cls)}
        allowed = {"kind": set(kinds()), "network": set(Network.values)} | {name: set(YES_NO) for name in BOOLEAN}
        kept = {name: text for name, text in given.items() if name not in allowed or text in allowed[name]}
        if not (kept["days"].isascii() and kept["days"].isdigit() and len(kept["days"]) <= 4):
            kept["days"] = ""
        return cls(**kept)

    @property
    def address(self) -> str:
        """The query string that says the same."""
        return urlencode({one.name: value for one in fields(self) if (value := getattr(self, one.name))})

    def models(self) -> Iterator[type[SocialResource]]:
        yield from ([kinds()[self.kind]] if self.kind else kinds().values())

    def lines(self, model: type[SocialResource]) -> list[tuple[str, QuerySet[Any]]]:
        """Who asks for what is flagged sees what was accepted as well."""
        return [*lines(model), flagged(model)] if self.flagged == "yes" else lines(model)

    def narrow(self, rows: QuerySet[Any], moment: str, now: datetime) -> QuerySet[Any]:
        if self.network:
            rows = rows.filter(network=self.network)
        if self.category:
            rows = rows.filter(category__iexact=self.category)
        if self.verified:
            rows = rows.filter(verified=YES_NO[self.verified])
        if self.flagged:
            rows = rows.exclude(flags=[]) if YES_NO[self.flagged] else rows.filter(flags=[])
        if self.days:
            rows = rows.filter(**{f"{moment}__lte": now - timedelta(days=int(self.days))})
        return rows


def counts() -> dict[str, int]:
    """How many wait, by kind."""
    return {noun: sum(rows.count() for _, rows in lines(model)) for noun, model in kinds().items()}


def oldest() -> datetime | None:
    """Since when the one waits that waits longest; None if nobody does."""
    firsts = (rows.order_by(moment).first() for model in kinds().values() for moment, rows in lines(model))
    return min((row.waiting_since for row in firsts if row), default=None)


def waiting(filters: Filters, staff: Any, now: datetime, *, most: int = SHOWN) -> list[Any]:
    """The records that wait and that no colleague holds, longest first."""
    return _first(filters, staff, now, None, most)


def following(filters: Filters, staff: Any, now: datetime, *, after: tuple[Any, ...] | None = None) -> Any:
    """The next record in line, behind that place if one is given; the first one if there is none behind it."""
    behind = _first(filters, staff, now, after, 1)
    return next(iter(behind or (after and _first(filters, staff, now, None, 1)) or ()), None)


def _first(filters: Filters, staff: Any, now: datetime, after: tuple[Any, ...] | None, most: int) -> list[Any]:
    found: list[Any] = []
    for model in filters.models():
        held = Review.objects.by_others(model, staff, now)
        for moment, line in filters.lines(model):
            rows = filters.narrow(line, moment, now).exclude(pk__in=held)
            rows = rows.filter(_behind(after, moment, model.shape.noun)) if after else rows
            found += rows.select_related("user").order_by(moment, "pk")[:most]
    return sorted(found, key=place)[:most]


def _behind(after: tuple[Any, ...], moment: str, noun: str) -> Q:
    """The same order as `place` gives, in SQL."""
    since, other, pk = after
    at_once = Q(**{moment: since}) & (Q(pk__gt=pk) if noun == other else Q(pk__gt=0 if noun > other else MAX_BIGINT))
    return Q(**{f"{moment}__gt": since}) | at_once


def place(row: Any) -> tuple[Any, ...]:
    """Where a record stands in line."""
    return row.waiting_since, row.shape.noun, row.pk
