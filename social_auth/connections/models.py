"""A link by which a creator connects an account without the app's help: see docs/connect-link.md."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.moderation.claims import AlreadyConnected
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter

LASTS = timedelta(minutes=15)
LASTS_BY_HAND = timedelta(days=7)
"""At most, of a link that staff or a command made."""
ANSWERED_WITHIN = timedelta(minutes=15)
"""How long the creator may take at the provider, whose sign-in may have a second factor."""
KEPT = timedelta(days=1)
"""How long after its end a link can still say that it ended."""


def digest(secret: str) -> str:
    """What is kept of a secret of 256 random bits: nobody guesses one, so a plain hash tells nothing of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class LinkSpent(AlreadyConnected):
    """Another answer to the same link was quicker: this one undoes itself. Nobody but the page hears of it."""


class Standing(StrEnum):
    """What a link is to a browser that opens it."""

    OPEN = "open"
    DONE = "done"  # it connected an account, in that browser
    SPENT = "spent"
    EXPIRED = "expired"
    ELSEWHERE = "elsewhere"  # another browser began to use it


class ConnectLinkQuerySet(models.QuerySet["ConnectLink"]):
    def make(self, user: Any, *, lasts: timedelta = LASTS, **wishes: Any) -> "tuple[ConnectLink, str]":
        """Make a link and return it with its secret, which nobody is told a second time."""
        secret, now = secrets.token_urlsafe(32), timezone.now()
        return self.create(user=user, digest=digest(secret), made_at=now, expires_at=now + lasts, **wishes), secret

    def of(self, secret: str) -> "ConnectLink | None":
        return self.select_related("user", "record").filter(digest=digest(secret), user__is_active=True).first()

    def asking(self, *, state: str, browser: str, network: str, now: datetime) -> "ConnectLink | None":
        """The link that waits for this answer, from this network, in this browser; None for every other answer."""
        rows = self.filter(state=digest(state), browser=browser, chosen=network, asked_at__gt=now - ANSWERED_WITHIN)
        return rows.filter(spent_at=None, user__is_active=True).select_related("user", "record").first()

    def forget(self, now: datetime) -> None:
        self.filter(expires_at__lt=now - KEPT).delete()


class ConnectLink(models.Model):
    """Good for one connection, by one browser, for a while. Its secret is in its URL and nowhere else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connect_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    network = models.CharField(max_length=16, choices=Network.choices, blank=True, help_text="Empty is any")
    record = models.ForeignKey(SocialNetwork, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """What it reconnects: then only the same account is taken."""
    scopes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """The optional ones that the page proposes."""
    return_url = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    browser = models.CharField(max_length=64, blank=True, editable=False)
    """The digest of the browser that began to use it; no other may go on."""
    state = models.CharField(max_length=64, blank=True, editable=False)
    """The digest of what the provider is to give back; empty while nobody is there."""
    chosen = models.CharField(max_length=16, choices=Network.choices, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=16, blank=True, help_text="What became of the last try")
    spent_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectLinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state"], condition=~Q(state=""), name="connect_link_state")]

    def __str__(self) -> str:
        return f"connect link #{self.pk}"

    @property
    def adapters(self) -> list[Adapter]:
        """The networks among which it lets choose."""
        return [ADAPTERS[self.network]] if self.network else list(ADAPTERS.values())

    def standing(self, browser: str, now: datetime) -> Standing:
        if self.spent_at:
            return Standing.DONE if self.browser == browser else Standing.SPENT
        if self.expires_at <= now:
            return Standing.EXPIRED
        return Standing.OPEN if self.browser in ("", browser) else Standing.ELSEWHERE

    def send_out(self, browser: str, network: str, state: str, now: datetime) -> bool:
        """Bind it to the browser, if to none yet, and wait for one answer; False if it is not that browser's to use.

        Whoever goes back and chooses anew is waited for anew: an answer to the first question is none any more.
        """
        mine = type(self).objects.filter(pk=self.pk, browser__in=("", browser), spent_at=None, expires_at__gt=now)
        asked: dict[str, Any] = {"chosen": network, "state": digest(state), "asked_at": now, "problem": ""}
        return mine.update(browser=browser, **asked) == 1

    def spend(self, record: SocialNetwork) -> None:
        """Use it up, within the transaction that connects; raises LinkSpent if another answer was quicker."""
        waiting = type(self).objects.filter(pk=self.pk, state=self.state, spent_at=None)
        if waiting.update(spent_at=timezone.now(), state="", problem="", record=record) != 1:
            raise LinkSpent

    def tell(self, problem: str) -> None:
        """Say what became of this answer, of which there will not be another one."""
        type(self).objects.filter(pk=self.pk, state=self.state, spent_at=None).update(state="", problem=problem)
