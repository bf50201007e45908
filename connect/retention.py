"""What the networks let us keep of what they tell us, and for how long. The rules come from each network's folder.

Every rule is kept by the daily pruning: what would be too old before the next run goes with this one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, TextChoices

from connect.moderation.workflow import Status


class Data(TextChoices):
    """What a rule is about."""

    FOLLOWERS = "followers", "The follower count and the counts beside it, as they were read last"
    HISTORY = "history", "A follower reading a day"
    DERIVED = "derived", "Growth and engagement, which we compute"
    PROFILE = "profile", "Name, handle, avatar and other words of the profile"


@dataclass(frozen=True)
class Kept:
    """One rule: how long one kind of data is kept, and why."""

    data: Data
    why: str
    source: str
    """Where that stands, and as of when."""
    days: int | None = None
    """After it was read. None: while the account is connected; 0: not at all."""
    days_after: int | None = None
    """After the connection ended, by whomever. None: no sooner than `days` says."""
    if_agreed: "Kept | None" = None
    """What holds instead for a network that CONNECT_AGREEMENTS names."""

    def read_before(self, now: datetime) -> datetime | None:
        """What was read before that has to go; None if no age is too old."""
        return None if self.days is None else now - timedelta(days=self.days - 1)

    def of_ended(self, now: datetime) -> Q:
        """The records whose connection ended, or whose proof was lost, too long ago to keep it."""
        if self.days_after is None:
            return Q(pk__in=[])
        before = now - timedelta(days=self.days_after - 1)
        ended = Q(status=Status.DISCONNECTED, status_changed_at__lte=before)
        lost = Q(verified=False, provider_uid__isnull=False, health_since__lte=before)
        return ended | lost & ~Q(status=Status.DISCONNECTED)

    def of_old(self, now: datetime) -> Q:
        """The records that were not read for too long to keep it."""
        before = self.read_before(now)
        return Q(pk__in=[]) if before is None else Q(read_at__lt=before)


RULES: dict[str, tuple[Kept, ...]] = {}
"""By network; what talks to the networks fills it. Without a rule all is kept."""


def rules_of(network: str) -> tuple[Kept, ...]:
    """The rules that hold for a network now, one for each kind of data that has one."""
    agreed = network in settings.CONNECT_AGREEMENTS
    return tuple(rule.if_agreed if agreed and rule.if_agreed else rule for rule in RULES.get(network, ()))


def rule_of(network: str, data: Data) -> Kept:
    """The rule of one kind; of follower readings also by CONNECT_HISTORY_DAYS, if that is shorter."""
    rule = next((rule for rule in rules_of(network) if rule.data == data), Kept(data, "", ""))
    most = settings.HISTORY_DAYS if data == Data.HISTORY else 0
    if most and (rule.days is None or rule.days > most):
        return Kept(data, "set by ops", "CONNECT_HISTORY_DAYS", most, rule.days_after)
    return rule


def allows(network: str, data: Data) -> bool:
    """Whether any of it may be kept, or computed."""
    return rule_of(network, data).days != 0


def told(network: str) -> list[dict[str, Any]]:
    """The rules of a network as the API tells them."""
    return [
        {"data": str(rule.data), "days": rule.days, "days_after_disconnect": rule.days_after}
        for rule in (rule_of(network, data) for data in Data)
    ]
