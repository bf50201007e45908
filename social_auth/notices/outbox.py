"""The outbox: mails that people are still to get, which events they tell of, and who wants to hear what."""

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
    """What a creator may switch off. What is told of a sign-in, a takeover or an erasure is in none of them."""

    ENDS = "ends", "connections that end soon"
    BROKEN = "broken", "connections that broke or work again"
    DECISIONS = "decisions", "decisions about your accounts"


@dataclass(frozen=True, repr=False)
class Letter:
    """What a mail says, in both forms; without a receiver it is sent to nobody."""

    to: str
    subject: str
    text: str
    html: str


RECONNECT = "reconnect"
"""The subject of a mail with a link that staff send."""


class MailQuerySet(LeaseQuerySet, SealedQuerySet):  # type: ignore[override]
    def awaited(self) -> Self:
        """Those that somebody waits for at a screen, such as a code."""
        return self.exclude(access_cipher="")

    def news(self) -> Self:
        return self.filter(access_cipher="")

    def locked_while_waiting(self) -> Self:
        """Lock those that no worker has: what they tell may be changed until the end of this transaction."""
        return self.news().filter(lease_until=None).select_for_update(no_key=True, skip_locked=True, of=("self",))


class Mail(SealedTokens, DueFields):
    """A mail that somebody is still to get; it is deleted once it is sent.

    What it says is written when it is sent, by its subject and what it tells of; or it lies here sealed, with whom it
    goes to, since it was made by a call and may hold a code.
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
        """Seal what it says, in a row that is saved."""
        self.seal(Secret(json.dumps(asdict(letter))))
        type(self).objects.filter(pk=self.pk).update(**self.sealed())

    def letter(self) -> Letter:
        """What lies in it; raises vault.Undecipherable."""
        return Letter(**json.loads(self.open_access_token()))


class MailedEvent(models.Model):
    """That a mail tells of an event: of each at most one does."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="told")
    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="mailed")

    def __str__(self) -> str:
        return f"{self.event} in {self.mail}"


class MailFeed(models.Model):
    """How far the events were read for mails: one row."""

    position = models.BigIntegerField(default=0)
    """The last event that was looked at."""

    def __str__(self) -> str:
        return f"up to {self.position}"


class NoticePreference(models.Model):
    """What a creator wants to hear by mail; who has none hears everything."""

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
        """What that person wants; not saved if they never said so."""
        return cls.objects.filter(pk=user_id).first() or cls(pk=user_id)

    @classmethod
    def write(cls, user_id: int, wanted: dict[str, bool], now: datetime) -> "NoticePreference":
        """Change some of them, and leave the others as they are. The person must be there."""
        row, _ = cls.objects.update_or_create(pk=user_id, defaults={**wanted, "changed_at": now})
        return row

    @property
    def wanted(self) -> dict[str, bool]:
        return {group.value: getattr(self, group) for group in Group}

    def wants(self, group: Any) -> bool:
        return group is None or bool(getattr(self, group))
