from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.network_table import Network


class Mail(DueFields):
    """A mail that a person is still to get; it is deleted once it is sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mails")
    subject = models.CharField(max_length=40, help_text="What it is about: the name of its templates")
    network = models.CharField(max_length=16, choices=Network.choices)
    happened_at = models.DateTimeField(default=timezone.now)

    objects = LeaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="mail_due"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="mail_leased"),
        ]

    def __str__(self) -> str:
        return f"mail #{self.pk}: {self.subject}"
