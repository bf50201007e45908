"""The lists' fast path from the database to the answer: every start of an app and many of its screens make this query.

The ORM takes several times as long to build it as PostgreSQL to answer it. So its SQL is written here from the model's
column names, once for each combination of filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.db.models import DateTimeField
from django.utils import timezone

from connect.database.prepared import prepared
from connect.moderation.next_steps import NEXT_STEPS_SQL, SHARED_REASON_SQL
from connect.moderation.quality import QUALITY_SQL, stale_before

COMPUTED = {
    "followers_quality": QUALITY_SQL,
    "status_reason": SHARED_REASON_SQL,
    "next_steps": NEXT_STEPS_SQL,
}
TIME_SQL = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
MAX_PAGE = 500
FILTERS = ("status", "network", "health")


@dataclass
class Records:
    """The query of a list. `as_dicts` executes it, unless `fetch_with` has done so."""

    names: tuple[str, ...]
    sql: str
    params: list[Any]
    page_size: int
    """Rows of an answer at most; the query asks for one more, to know whether there are more."""
    fetched: list[tuple[Any, ...]] | None = None

    def fetch_with(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Execute another query, which gives one row at most, together with this one; return the other's rows.

        Half the cost of a list is the way to PostgreSQL and back: this saves one of the two.
        """
        rows = prepared(_together(sql, self.sql), [*params, *self.params])
        first = len(rows[0]) - len(self.names) if rows else 0
        self.fetched = [row[first:] for row in rows if row[first] is not None]
        return [row[:first] for row in rows[:1]]

    def as_dicts(self) -> list[dict[str, Any]]:
        """The records as the API shows them."""
        rows = prepared(self.sql, self.params) if self.fetched is None else self.fetched
        dicts = [dict(zip(self.names, row, strict=True)) for row in rows]
        for row in dicts if "extra_data" in self.names else ():
            row["extra_data"] = orjson.Fragment(
                row["extra_data"]
            )  # PostgreSQL's JSON text goes into the answer as it is
        return dicts


def records_of(model: Any, user_id: int, query: dict[str, Any]) -> Records:
    """The query for a page of the user's records, ordered by id."""
    now = [stale_before(timezone.now())] if query["view"] == "full" else []
    filters = tuple(name for name in FILTERS if query.get(name) is not None)
    cursor, size = query.get("cursor"), query.get("limit") or max_page_size()
    params = [*now, user_id, *(query[name] for name in filters)]
    params += [cursor] if cursor else []
    params.append(size + 1)
    return Records(*_query(model, query["view"], filters, bool(cursor)), params, size)


def max_page_size() -> int:
    """The most rows of an answer: enough for all live records that a user may have."""
    return max(MAX_PAGE, settings.CONNECT_MAX_SUBMISSIONS, settings.CONNECT_MAX_NETWORKS)


@cache
def _query(model: Any, view: str, filters: tuple[str, ...], cursor: bool) -> tuple[tuple[str, ...], str]:
    """Return the names of the answer's fields and the SQL that gives them in that order."""
    shape, meta = model.shape, model._meta
    names = shape.full if view == "full" else shape.brief
    columns = ", ".join(COMPUTED.get(name) or _column(meta.get_field(field)) for name, field in shape.selection(names))
    conditions = ['"user_id" = %s', *(f'"{name}" = %s' for name in filters), *(['"id" > %s'] if cursor else [])]
    sql = f'SELECT {columns} FROM "{meta.db_table}" WHERE {" AND ".join(conditions)} ORDER BY "id" LIMIT %s'
    return names, sql


@cache
def _together(row_sql: str, records_sql: str) -> str:
    """One row's columns before those of each record; alone if there are no records, and nothing without that row."""
    return f"SELECT * FROM ({row_sql}) AS one LEFT JOIN ({records_sql}) AS record ON true ORDER BY record.id"


def _column(field: Any) -> str:
    """The SQL of one column. PostgreSQL formats times itself, so that Python need not parse and write them."""
    name = f'"{field.column}"'
    return TIME_SQL.format(name) if isinstance(field, DateTimeField) else name
