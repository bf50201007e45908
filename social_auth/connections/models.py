"""The link by which a creator connects an account without the app: see docs/connect-link.md."""

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
"""The longest life of a link that staff or a command makes."""
ANSWERED_WITHIN = timedelta(minutes=15)
"""How long the creator may stay at the provider, whose sign-in may need a second factor."""
KEPT = timedelta(days=1)
"""How long after its end a link can still show that it has ended."""


def digest(secret: str) -> str:
    """Hash a secret of 256 random bits; nobody can guess one, so a plain hash is safe to store."""
    return hashlib.sha256(secret.encode()).hexdigest()


class LinkSpent(AlreadyConnected):
    """Another answer to the same link was quicker; raising this rolls this one back. Only the page shows it."""


class Standing(StrEnum):
    """The state of a link for the browser that opens it."""

    OPEN = "open"
    DONE = "done"  # it connected an account, in that browser
    SPENT = "spent"
    EXPIRED = "expired"
    ELSEWHERE = "elsewhere"  # another browser began to use it


class ConnectLinkQuerySet(models.QuerySet["ConnectLink"]):
    def make(self, user: Any, *, lasts: timedelta = LASTS, **wishes: Any) -> "tuple[ConnectLink, str]":
        """Make a link; return it with its secret, which is not stored."""
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
    """A link for one connection, by one browser, for a limited time. Its secret is in its URL and nowhere else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connect_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    network = models.CharField(max_length=16, choices=Network.choices, blank=True, help_text="Empty is any")
    record = models.ForeignKey(SocialNetwork, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """The record that it reconnects: then only the same account is accepted."""
    scopes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """The optional scopes that the page proposes."""
    return_url = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    browser = models.CharField(max_length=64, blank=True, editable=False)
    """The digest of the browser that first used it; no other may go on."""
    state = models.CharField(max_length=64, blank=True, editable=False)
    """The digest of the OAuth `state` that we wait for; empty while no browser is at a provider."""
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
        """The networks that it offers."""
        return [ADAPTERS[self.network]] if self.network else list(ADAPTERS.values())

    def standing(self, browser: str, now: datetime) -> Standing:
        if self.spent_at:
            return Standing.DONE if self.browser == browser else Standing.SPENT
        if self.expires_at <= now:
            return Standing.EXPIRED
        return Standing.OPEN if self.browser in ("", browser) else Standing.ELSEWHERE

    def send_out(self, browser: str, network: str, state: str, now: datetime) -> bool:
        """Bind the link to the browser and wait for an answer; False if the browser may not use it.

        A browser that goes back and chooses again replaces the state: an answer to the first choice is not accepted.
        """
        usable = type(self).objects.filter(pk=self.pk, browser__in=("", browser), spent_at=None, expires_at__gt=now)
        question: dict[str, Any] = {"chosen": network, "state": digest(state), "asked_at": now, "problem": ""}
        return usable.update(browser=browser, **question) == 1

    def spend(self, record: SocialNetwork) -> None:
        """Use the link up, within the transaction that connects; raises LinkSpent if another answer was quicker."""
        waiting = type(self).objects.filter(pk=self.pk, state=self.state, spent_at=None)
        if waiting.update(spent_at=timezone.now(), state="", problem="", record=record) != 1:
            raise LinkSpent

    def store_problem(self, problem: str) -> None:
        """Store the problem of this answer, and do not wait for it any more."""
        type(self).objects.filter(pk=self.pk, state=self.state, spent_at=None).update(state="", problem=problem)
