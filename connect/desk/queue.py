"""The queue of the moderators: what waits, over all four kinds, longest first, as far as nobody else is at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from connect.desk.models import Review
from connect.models import SocialResource
from connect.moderation import kinds
from connect.network_table import Network
from connect.workflow import Status

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


def lines(model: type[SocialResource]) -> list[tuple[str, QuerySet[Any]]]:
    """The two lines in which records of a kind stand, each with the moment it is ordered by: its index."""
    rows = model._default_manager.all()
    return [("status_changed_at", rows.filter(status=Status.PENDING)), ("appealed_at", rows.filter(appeal_open=True))]


def counts() -> dict[str, int]:
    """How many wait, by kind."""
    return {noun: sum(rows.count() for _, rows in lines(model)) for noun, model in kinds().items()}


def oldest() -> datetime | None:
    """Since when the one waits that waits longest; None if nobody does."""
    firsts = (rows.order_by(moment).first() for model in kinds().values() for moment, rows in lines(model))
    return min((row.waiting_since for row in firsts if row), default=None)


def waiting(filters: Filters, staff: Any, now: datetime, *, most: int = SHOWN) -> list[Any]:
    """The records that wait and that no colleague holds, longest first."""
    found: list[Any] = []
    for model in filters.models():
        for moment, line in lines(model):
            rows = filters.narrow(line, moment, now).exclude(pk__in=Review.objects.by_others(model, staff, now))
            found += rows.select_related("user").order_by(moment, "pk")[:most]
    return sorted(found, key=place)[:most]


def following(filters: Filters, staff: Any, now: datetime, *, after: tuple[Any, ...] | None = None) -> Any:
    """The next record in line, behind that place if one is given; the first one if there is none behind it."""
    line = waiting(filters, staff, now)
    behind = [row for row in line if after is None or place(row) > after]
    return next(iter(behind or line), None)


def place(row: Any) -> tuple[Any, ...]:
    """Where a record stands in line."""
    return row.waiting_since, row.shape.noun, row.pk
