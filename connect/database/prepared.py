from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import connection


def prepared(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query that calls ask all the time, whose plan our database backend (`config.postgresql`) keeps."""
    return cast(list[tuple[Any, ...]], cast(Any, connection).prepared(sql, params))
