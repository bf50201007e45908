from collections.abc import Sequence
from typing import Any, cast

from django.db import connection


def prepared(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Execute a hot query with a prepared plan, which our database backend keeps (`config.postgresql`)."""
    return cast(list[tuple[Any, ...]], cast(Any, connection).prepared(sql, params))
