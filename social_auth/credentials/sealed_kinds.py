"""Every kind of secret that lies sealed somewhere. Each room registers its own, so that the vault knows no table.

Whoever rotates keys, checks them or counts what waits for one asks all kinds.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import transaction

from social_auth.credentials.sealing import SealedQuerySet


class SealedKind(Protocol):
    @property
    def name(self) -> str:
        """As metrics have it."""

    def count_under(self, key_ids: Collection[str]) -> int:
        """How many need one of these keys to be opened."""

    def under_old_keys(self) -> Iterable[Any]:
        """The ids of those that need another key than the newest."""

    def reseal(self, pk: Any) -> int:
        """Seal one under the newest key; 0 if it is gone or was resealed meanwhile. Raises `vault.Undecipherable`."""


@dataclass(frozen=True)
class SealedRows:
    """The rows of a table of sealed tokens; `rows` are those that are still of use."""

    name: str
    rows: Callable[[], SealedQuerySet]

    def count_under(self, key_ids: Collection[str]) -> int:
        return self.rows().sealed_under(key_ids).count()

    def under_old_keys(self) -> Iterable[Any]:
        return self.rows().under_old_keys().values_list("pk", flat=True).iterator()

    @transaction.atomic
    def reseal(self, pk: Any) -> int:
        """Under the row's lock, so that a renewal at the same moment is not overwritten."""
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
    """What lies in Redis as it was sealed, until it comes into the database: it can be counted and not resealed.

    The function raises redis.RedisError.
    """
    if count_under_old_keys not in _kept_aside:
        _kept_aside.append(count_under_old_keys)


def count_kept_aside() -> int:
    """How much of what lies in Redis needs an older key; raises redis.RedisError."""
    return sum(count() for count in _kept_aside)
