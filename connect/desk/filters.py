"""What the queue is narrowed to and in which order it stands: saved in the address."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from connect.models import SocialResource
from connect.moderation.kinds import kinds
from connect.moderation.waiting import flagged, lines
from connect.network_table import Network
from connect.search import matching

YES_NO = {"yes": True, "no": False}
SORTS = {"": "longest waiting first", "newest": "newest first", "followers": "most followers first"}
ALLOWED = {
    "network": set(Network.values), "verified": set(YES_NO), "flagged": set(YES_NO), "appeal": {"yes"},
    "sort": set(SORTS),
}  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """Empty is everything."""

    q: str = field(default="", metadata={"about": "what is searched for"})
    kind: str = ""
    network: str = ""
    category: str = ""
    verified: str = ""
    flagged: str = ""
    appeal: str = ""
    days: str = field(default="", metadata={"about": "waiting at least so many days"})
    sort: str = ""

    @classmethod
    def read(cls, params: Any) -> "Filters":
        """Read the address; what makes no sense there counts as nothing."""
        given = {one.name: str(params.get(one.name, "")).strip()[:64] for one in fields(cls)}
        allowed = ALLOWED | {"kind": set(kinds())}
        kept = {name: text for name, text in given.items() if name not in allowed or text in allowed[name]}
        if not (kept["days"].isascii() and kept["days"].isdigit() and len(kept["days"]) <= 4):
            kept["days"] = ""
        return cls(**kept)

    @property
    def address(self) -> str:
        """The query string that says the same."""
        return urlencode({one.name: value for one in fields(self) if (value := getattr(self, one.name))})

    @property
    def narrows(self) -> bool:
        return replace(self, sort="") != Filters()

    def but(self, **changes: str) -> str:
        """The query string that says the same but for these."""
        return replace(self, **changes).address

    def models(self) -> Iterator[type[SocialResource]]:
        yield from ([kinds()[self.kind]] if self.kind else kinds().values())

    def lines(self, model: type[SocialResource]) -> list[tuple[str, QuerySet[Any]]]:
        """Who asks for what is flagged sees what was accepted as well."""
        if self.appeal:
            return lines(model)[1:]
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
        return matching(rows, self.q) if self.q else rows
