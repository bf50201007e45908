import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.network_table import Network

KEPT = timedelta(days=30)
"""Longer than any callback or token is taken after it was made."""


def _digest(kind: str, raw: bytes) -> str:
    return hashlib.sha256(f"{kind}:".encode() + raw).hexdigest()


class SeenOnceQuerySet(models.QuerySet["SeenOnce"]):
    def first_time(self, kind: str, raw: bytes) -> bool:
        """Remember a message by its digest; False if the very same one was seen before.

        Within a transaction, of two that come at the same moment the second waits for the first.
        """
        return self.get_or_create(digest=_digest(kind, raw))[1]

    def unsee(self, kind: str, raw: bytes) -> None:
        """Take back that it was seen: it had no effect."""
        self.filter(digest=_digest(kind, raw)).delete()

    def forget(self, now: datetime) -> None:
        self.filter(seen_at__lt=now - KEPT).delete()


class SeenOnce(models.Model):
    """A provider's callback or id_token that had its effect: the very same one has none again."""

    digest = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = SeenOnceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.digest


class DeletionRequest(models.Model):
    """What somebody asked Meta to have erased here; the code is theirs to look up how it stands."""

    code = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    network = models.CharField(max_length=16, choices=Network.choices)
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class ErasureReceipt(models.Model):
    """That an account was erased here on its owner's wish; it does not say whose."""

    code = models.CharField(max_length=24, unique=True)
    requested_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class Erasure(DueFields):
    """An account that is closed and not erased yet; gone when it is, and with it whose the receipt is."""

    receipt = models.OneToOneField(ErasureReceipt, on_delete=models.CASCADE, primary_key=True, related_name="erasure")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    noun = models.CharField(max_length=8, blank=True, help_text="The kind of record that was erased last")
    after = models.BigIntegerField(default=0, help_text="The last of that kind that was")

    objects = LeaseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"erasure {self.pk}"
