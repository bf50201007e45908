"""The filters and the order of the queue, which its URL holds."""

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
    """A filter that is empty does not narrow."""

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
        """Read the query string; invalid values count as empty."""
        texts = {field_.name: str(params.get(field_.name, "")).strip()[:64] for field_ in fields(cls)}
        allowed = ALLOWED | {"kind": set(kinds())}
        valid = {name: text for name, text in texts.items() if name not in allowed or text in allowed[name]}
        if not (valid["days"].isascii() and valid["days"].isdigit() and len(valid["days"]) <= 4):
            valid["days"] = ""
        return cls(**valid)

    @property
    def address(self) -> str:
        """The query string of these filters."""
        return urlencode({field_.name: value for field_ in fields(self) if (value := getattr(self, field_.name))})

    @property
    def narrows(self) -> bool:
        return replace(self, sort="") != Filters()

    def but(self, **changes: str) -> str:
        """The query string of these filters with the given changes."""
        return replace(self, **changes).address

    def models(self) -> Iterator[type[SocialResource]]:
        yield from ([kinds()[self.kind]] if self.kind else kinds().values())

    def lines(self, model: type[SocialResource]) -> list[tuple[str, QuerySet[Any]]]:
        """The queues of a kind; the filter for flagged records adds the accepted ones."""
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
