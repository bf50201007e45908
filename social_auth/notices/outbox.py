"""The outbox: mails to be sent, the events in them, and which mails a user has switched off."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.events.catalogue import SignInEvent
from connect.events.models import Event
from connect.network_table import Network
from social_auth.credentials.sealing import SealedQuerySet, SealedTokens
from social_auth.wire.secret import Secret


class Group(models.TextChoices):
    """The mails that a creator may switch off. Those about a sign-in, a takeover or an erasure are not among them."""

    ENDS = "ends", "connections that end soon"
    BROKEN = "broken", "connections that broke or work again"
    DECISIONS = "decisions", "decisions about your accounts"


@dataclass(frozen=True, repr=False)
class Letter:
    """A mail's text in both forms; without an address it is not sent."""

    to: str
    subject: str
    text: str
    html: str


RECONNECT = "reconnect"
"""The subject of a mail by which staff send a reconnect link."""


class MailQuerySet(LeaseQuerySet, SealedQuerySet):  # type: ignore[override]
    def awaited(self) -> Self:
        """Mails that somebody waits for at a screen, such as those with a code."""
        return self.exclude(access_cipher="")

    def news(self) -> Self:
        return self.filter(access_cipher="")

    def locked_while_waiting(self) -> Self:
        """Lock the mails that no worker has, so that this transaction may change their events."""
        return self.news().filter(lease_until=None).select_for_update(no_key=True, skip_locked=True, of=("self",))


class Mail(SealedTokens, DueFields):
    """A mail to be sent; it is deleted once it is.

    The text of news is written when it is sent, from the mail's subject and events. Any other mail was made by a call
    and may contain a code: its text and address are sealed here.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="mails")
    subject = models.CharField(max_length=40, help_text="What it is about: the name of its templates")
    network = models.CharField(max_length=16, choices=Network.choices, blank=True, default="", db_default="")
    record_id = models.BigIntegerField(null=True, blank=True, help_text="The network that it has a link for")
    happened_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When it is of no use any more, as a code is")

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="mail_due"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="mail_leased"),
        ]

    def __str__(self) -> str:
        return f"mail #{self.pk}: {self.subject}"

    @property
    def is_of_a_sign_in(self) -> bool:
        return self.subject in SignInEvent.values

    def put_in(self, letter: Letter) -> None:
        """Seal the letter in this row, which is saved already."""
        self.seal(Secret(json.dumps(asdict(letter))))
        type(self).objects.filter(pk=self.pk).update(**self.sealed())

    def letter(self) -> Letter:
        """Open the sealed letter; raises vault.Undecipherable."""
        return Letter(**json.loads(self.open_access_token()))


class MailedEvent(models.Model):
    """An event that a mail is about; each event is in one mail at most."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="told")
    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="mailed")

    def __str__(self) -> str:
        return f"{self.event} in {self.mail}"


class MailFeed(models.Model):
    """How far the events were read for mails; the table has one row."""

    position = models.BigIntegerField(default=0)
    """The position of the last event that was read."""

    def __str__(self) -> str:
        return f"up to {self.position}"


class NoticePreference(models.Model):
    """Which mails a creator wants; without a row, all of them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_preference"
    )
    ends = models.BooleanField(default=True, db_default=True)
    broken = models.BooleanField(default=True, db_default=True)
    decisions = models.BooleanField(default=True, db_default=True)
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"notices for user #{self.pk}"

    @classmethod
    def of(cls, user_id: int) -> "NoticePreference":
        """The user's preferences; an unsaved default if they never changed any."""
        return cls.objects.filter(pk=user_id).first() or cls(pk=user_id)

    @classmethod
    def write(cls, user_id: int, changes: dict[str, bool], now: datetime) -> "NoticePreference":
        """Change some preferences and leave the others. The user must exist."""
        row, _ = cls.objects.update_or_create(pk=user_id, defaults={**changes, "changed_at": now})
        return row

    @property
    def wanted(self) -> dict[str, bool]:
        return {group.value: getattr(self, group) for group in Group}

    def wants(self, group: Any) -> bool:
        return group is None or bool(getattr(self, group))
