"""Django's database cache without its culling: a write costs the same with a million entries as with ten.

Django counts the whole table before each write and deletes entries if there are too many. Ours are the counters of rate
limits, which a caller must not be able to get deleted: only a task of beat deletes what has expired.
"""

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone

PIECE = 10_000
"""Expired entries deleted in one statement: all that an attack leaves in an hour would exceed the time limit."""
PUT = """
INSERT INTO {table} AS kept (cache_key, value, expires) VALUES (%s, %s, %s)
ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires
"""
ADD = f"{PUT} WHERE kept.expires < %s"
TOUCH = "UPDATE {table} SET expires = %s WHERE cache_key = %s"
FORGET = """
DELETE FROM {table} WHERE cache_key IN (
    SELECT cache_key FROM {table} WHERE expires < %s ORDER BY expires LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


class PrunedCache(DatabaseCache):
    """Writes in one statement, and raises database errors: a counter that is not written would be no limit."""

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(table, params)
        self.table = table

    def forget(self, now: datetime) -> None:
        """Delete what has expired, except rows that somebody is writing at this moment."""
        while self._write(FORGET, [now, PIECE]) == PIECE:
            pass

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        expires = self._end(timeout)
        if mode == "touch":
            return bool(self._write(TOUCH, [expires, key]))
        row = [key, base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii"), expires]
        if mode == "add":
            return bool(self._write(ADD, [*row, timezone.now()]))
        return bool(self._write(PUT, row))

    def _end(self, timeout: Any) -> datetime:
        seconds = self.get_backend_timeout(timeout)
        return datetime.max.replace(tzinfo=UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def _write(self, sql: str, params: list[Any]) -> int:
        connection = connections[router.db_for_write(self.cache_model_class)]
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table=connection.ops.quote_name(self.table)), params)
            return cursor.rowcount
