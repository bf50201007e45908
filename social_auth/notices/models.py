"""Webhook endpoints with their secrets, and the delivery of each event to each endpoint."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.events.catalogue import EVENT_TYPES
from connect.events.models import Event
from social_auth.credentials.sealing import SealedQuerySet, SealedTokens
from social_auth.notices.addresses import Refused, check_url
from social_auth.notices.outbox import Mail, MailedEvent, MailFeed, NoticePreference
from social_auth.wire.secret import Secret

__all__ = ["Mail", "MailFeed", "MailedEvent", "NoticePreference"]
OVERLAP = timedelta(hours=24)
"""How long a replaced secret goes on signing beside the new one."""


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    DEAD = "dead", "Given up"


def checked_url(url: str) -> None:
    try:
        check_url(url)
    except Refused as error:
        raise ValidationError(str(error)) from None


class WebhookEndpoint(models.Model):
    """A URL of the platform to which events are sent."""

    url = models.CharField(max_length=500, validators=[checked_url])
    description = models.CharField(max_length=120, blank=True)
    types = ArrayField(
        models.CharField(max_length=40, choices=[(name, name) for name in EVENT_TYPES]), default=list, blank=True
    )
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True, editable=False)
    position = models.BigIntegerField(default=0, editable=False)
    """The position of the last event for which it has a delivery."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.description or self.url

    def start(self) -> None:
        """Save a new endpoint, which gets the events from now on."""
        Event.objects.number()
        self.position = Event.objects.aggregate(last=Max("position"))["last"] or 0
        self.save(force_insert=True)

    @transaction.atomic
    def new_secret(self, now: datetime) -> str:
        """Make a secret and return it; it is never shown again. Earlier secrets go on signing for a day."""
        text = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self.secrets.filter(ends_at=None).update(ends_at=now + OVERLAP)
        row = self.secrets.create()
        row.seal(Secret(text))
        row.save(update_fields=row.sealed())
        return text

    def signing_secrets(self, now: datetime) -> list[str]:
        """The secrets that sign at that moment, newest first."""
        live = self.secrets.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("-pk")
        return [row.open().access_token for row in live]

    def disable(self, reason: str) -> None:
        type(self).objects.filter(pk=self.pk, enabled=True).update(enabled=False, disabled_reason=reason)


class WebhookSecret(SealedTokens):
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = SealedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"secret #{self.pk} of {self.endpoint_id}"


class WebhookDeliveryQuerySet(LeaseQuerySet):
    def to_be_sent(self, endpoint: int) -> Self:
        """Open deliveries to an enabled endpoint, due or not."""
        return self.filter(endpoint=endpoint, state=State.WAITING, endpoint__enabled=True)

    def send_again(self, now: datetime) -> int:
        """Start these deliveries again, whatever their state; return how many."""
        return self.update(state=State.WAITING, failures=0, due_at=now, lease_until=None)


class WebhookDelivery(DueFields):
    """The delivery of one event to one endpoint. Its `failures` count the attempts."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    answer = models.CharField(max_length=200, blank=True, help_text="What came of the last attempt")
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_an_event")]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["endpoint"], condition=Q(lease_until__isnull=False), name="delivery_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"

    @admin.display(description="attempts", ordering="failures")
    def attempts(self) -> int:
        return self.failures
