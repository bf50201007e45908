"""Changing many rows a piece at a time, so that no statement takes longer than one may."""

from collections.abc import Iterator
from typing import Any

SIZE = 1_000


def pieces(rows: Any) -> Iterator[list[int]]:
    """The ids of a model's rows in their order, a thousand at a time; they may be deleted or changed meanwhile."""
    ids, last = rows.order_by("pk").values_list("pk", flat=True), 0
    while piece := list(ids.filter(pk__gt=last)[:SIZE]):
        yield piece
        last = piece[-1]
