"""Which data of the networks we may keep, and for how long. The rules come from each network's folder.

The daily pruning enforces them: it deletes what would become too old before its next run.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, TextChoices

from connect.moderation.workflow import Status


class Data(TextChoices):
    """The kind of data that a rule is about."""

    FOLLOWERS = "followers", "The follower count and the counts beside it, as they were read last"
    HISTORY = "history", "A follower reading a day"
    DERIVED = "derived", "Growth and engagement, which we compute"
    PROFILE = "profile", "Name, handle, avatar and other words of the profile"


@dataclass(frozen=True)
class RetentionRule:
    """How long one kind of data is kept, and why."""

    data: Data
    why: str
    source: str
    """The document that says so, and its date."""
    days: int | None = None
    """Days after it was read. None: while the account is connected; 0: it is not kept at all."""
    days_after: int | None = None
    """Days after the connection ended, whoever ended it. None: `days` alone counts."""
    if_agreed: "RetentionRule | None" = None
    """The rule that replaces this one for a network that CONNECT_AGREEMENTS names."""

    def read_before(self, now: datetime) -> datetime | None:
        """Data that was read before this moment is too old; None if no age is."""
        return None if self.days is None else now - timedelta(days=self.days - 1)

    def of_ended(self, now: datetime) -> Q:
        """The records whose connection or proof ended too long ago to keep the data."""
        if self.days_after is None:
            return Q(pk__in=[])
        before = now - timedelta(days=self.days_after - 1)
        ended = Q(status=Status.DISCONNECTED, status_changed_at__lte=before)
        lost = Q(verified=False, provider_uid__isnull=False, health_since__lte=before)
        return ended | lost & ~Q(status=Status.DISCONNECTED)

    def of_old(self, now: datetime) -> Q:
        """The records whose last reading is too old to keep the data."""
        before = self.read_before(now)
        return Q(pk__in=[]) if before is None else Q(read_at__lt=before)


RULES: dict[str, tuple[RetentionRule, ...]] = {}
"""By network; social_auth.providers fills it at start. Data without a rule is kept."""


def rules_of(network: str) -> tuple[RetentionRule, ...]:
    """The rules that hold for a network now, one for each kind of data that has one."""
    agreed = network in settings.CONNECT_AGREEMENTS
    return tuple(rule.if_agreed if agreed and rule.if_agreed else rule for rule in RULES.get(network, ()))


def rule_of(network: str, data: Data) -> RetentionRule:
    """The rule for one kind of data; CONNECT_HISTORY_DAYS may shorten that for follower readings."""
    rule = next((rule for rule in rules_of(network) if rule.data == data), RetentionRule(data, "", ""))
    most = settings.HISTORY_DAYS if data == Data.HISTORY else 0
    if most and (rule.days is None or rule.days > most):
        return RetentionRule(data, "set by ops", "CONNECT_HISTORY_DAYS", most, rule.days_after)
    return rule


def allows(network: str, data: Data) -> bool:
    """Whether such data may be kept or computed at all."""
    return rule_of(network, data).days != 0


def for_api(network: str) -> list[dict[str, Any]]:
    """A network's rules in the form of the API."""
    return [
        {"data": str(rule.data), "days": rule.days, "days_after_disconnect": rule.days_after}
        for rule in (rule_of(network, data) for data in Data)
    ]
