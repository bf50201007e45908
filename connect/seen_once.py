"""Remembers by their digests the callbacks, id_tokens and codes that have been used, so that none works twice."""

import hashlib
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

KEPT = timedelta(days=30)
"""Longer than any callback or token is accepted after it was made."""


def _digest(kind: str, raw: bytes) -> str:
    return hashlib.sha256(f"{kind}:".encode() + raw).hexdigest()


class SeenOnceQuerySet(models.QuerySet["SeenOnce"]):
    def first_time(self, kind: str, raw: bytes) -> bool:
        """Remember a message by its digest; False if the very same one was seen before.

        Call it in a transaction: of two that come at the same moment, the second waits for the first.
        """
        return self.get_or_create(digest=_digest(kind, raw))[1]

    def unsee(self, kind: str, raw: bytes) -> None:
        """Forget the message, as it had no effect, so that it may be sent again."""
        self.filter(digest=_digest(kind, raw)).delete()

    def forget(self, now: datetime) -> None:
        self.filter(seen_at__lt=now - KEPT).delete()


class SeenOnce(models.Model):
    """A provider's callback, id_token or code that has been used; the very same one is not accepted again."""

    digest = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = SeenOnceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.digest
