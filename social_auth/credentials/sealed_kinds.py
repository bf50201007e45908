"""The registry of everything that is sealed in the vault: each room registers its own, so the vault knows no table.

Rotating keys, checking them and counting what needs an old key go through all kinds.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import transaction

from social_auth.credentials.sealing import SealedQuerySet


class SealedKind(Protocol):
    @property
    def name(self) -> str:
        """The name in metrics."""

    def count_under(self, key_ids: Collection[str]) -> int:
        """How many are sealed under one of these keys."""

    def under_old_keys(self) -> Iterable[Any]:
        """The ids of those that are sealed under another key than the newest."""

    def reseal(self, pk: Any) -> int:
        """Seal one under the newest key; 0 if it is gone or was resealed meanwhile. Raises `vault.Undecipherable`."""


@dataclass(frozen=True)
class SealedRows:
    """A table of sealed tokens; `rows` returns those that are still needed."""

    name: str
    rows: Callable[[], SealedQuerySet]

    def count_under(self, key_ids: Collection[str]) -> int:
        return self.rows().sealed_under(key_ids).count()

    def under_old_keys(self) -> Iterable[Any]:
        return self.rows().under_old_keys().values_list("pk", flat=True).iterator()

    @transaction.atomic
    def reseal(self, pk: Any) -> int:
        """Lock the row, so that a renewal at the same moment is not overwritten."""
        row = self.rows().select_for_update().filter(pk=pk).under_old_keys().first()
        if row is None:
            return 0
        row.seal(row.open())
        row.save(update_fields=row.sealed())
        return 1


_kinds: dict[str, SealedKind] = {}
_kept_aside: list[Callable[[], int]] = []


def register(kind: SealedKind) -> None:
    _kinds[kind.name] = kind


def all_kinds() -> list[SealedKind]:
    return list(_kinds.values())


def register_kept_aside(count_under_old_keys: Callable[[], int]) -> None:
    """Register sealed values in Redis that wait to be written: they can be counted, and not resealed.

    The function returns how many need an older key, and raises redis.RedisError.
    """
    if count_under_old_keys not in _kept_aside:
        _kept_aside.append(count_under_old_keys)


def count_kept_aside() -> int:
    """How many values in Redis need an older key; raises redis.RedisError."""
    return sum(count() for count in _kept_aside)
