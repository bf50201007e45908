from django.conf import settings
from django.db import models
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet


class ErasureReceipt(models.Model):
    """The receipt of an erasure. Once the erasure is done, nothing says whose it was."""

    code = models.CharField(max_length=24, unique=True)
    requested_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class Erasure(DueFields):
    """A closed account that is not fully erased yet; deleted at the end, and with it the link from receipt to user."""

    receipt = models.OneToOneField(ErasureReceipt, on_delete=models.CASCADE, primary_key=True, related_name="erasure")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    noun = models.CharField(max_length=8, blank=True, help_text="The kind of record that was erased last")
    after = models.BigIntegerField(default=0, help_text="The last of that kind that was")

    objects = LeaseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"erasure {self.pk}"
