"""Lists straight from the database to the answer: the one query that every app start and every screen makes.

Building it through the ORM costs several times what PostgreSQL needs to answer it, so its SQL is written here, from
the model's own column names, once for each combination of filters.
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
    """What a list asks for; `told` asks it, unless the query for who calls did."""

    names: tuple[str, ...]
    sql: str
    params: list[Any]
    most: int
    """How many an answer has; one more is asked for, to know whether there are more."""
    found: list[tuple[Any, ...]] | None = None

    def found_with(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of another query, of one row at most, in which these records are asked for as well.

        Half of what a list costs is the way to PostgreSQL and back: this saves the second.
        """
        rows = prepared(_together(sql, self.sql), [*params, *self.params])
        first = len(rows[0]) - len(self.names) if rows else 0
        self.found = [row[first:] for row in rows if row[first] is not None]
        return [row[:first] for row in rows[:1]]

    def told(self) -> list[dict[str, Any]]:
        """The records as the API shows them."""
        found = prepared(self.sql, self.params) if self.found is None else self.found
        rows = [dict(zip(self.names, row, strict=True)) for row in found]
        for row in rows if "extra_data" in self.names else ():
            row["extra_data"] = orjson.Fragment(row["extra_data"])  # it comes as JSON text, and goes as that
        return rows


def records_of(model: Any, user_id: int, asked: dict[str, Any]) -> Records:
    """The user's records, ordered by id: as many as `limit` says, or as an answer may hold, and one more."""
    now = [stale_before(timezone.now())] if asked["view"] == "full" else []
    given = tuple(name for name in FILTERS if asked.get(name) is not None)
    cursor, most = asked.get("cursor"), asked.get("limit") or page_size()
    params = [*now, user_id, *(asked[name] for name in given)]
    params += [cursor] if cursor else []
    params.append(most + 1)
    return Records(*_query(model, asked["view"], given, bool(cursor)), params, most)


def page_size() -> int:
    """What a list never exceeds; whoever is within the limits sees all that is live at once."""
    return max(MAX_PAGE, settings.CONNECT_MAX_SUBMISSIONS, settings.CONNECT_MAX_NETWORKS)


@cache
def _query(model: Any, view: str, given: tuple[str, ...], cursor: bool) -> tuple[tuple[str, ...], str]:
    """Return the names of the answer's fields and the SQL that gives them in that order."""
    shape, meta = model.shape, model._meta
    names = shape.full if view == "full" else shape.brief
    columns = ", ".join(COMPUTED.get(name) or _column(meta.get_field(field)) for name, field in shape.selection(names))
    conditions = ['"user_id" = %s', *(f'"{name}" = %s' for name in given), *(['"id" > %s'] if cursor else [])]
    sql = f'SELECT {columns} FROM "{meta.db_table}" WHERE {" AND ".join(conditions)} ORDER BY "id" LIMIT %s'
    return names, sql


@cache
def _together(one: str, listed: str) -> str:
    """The row of one query before each of the records, or alone if there are none; nothing if there is no such row."""
    return f"SELECT * FROM ({one}) AS one LEFT JOIN ({listed}) AS record ON true ORDER BY record.id"


def _column(field: Any) -> str:
    """What the answer has in that place; a time is written by PostgreSQL, so that nothing here reads it first."""
    name = f'"{field.column}"'
    return TIME_SQL.format(name) if isinstance(field, DateTimeField) else name
