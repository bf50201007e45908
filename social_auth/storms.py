"""When a provider suddenly calls many tokens dead, it is ill, not the tokens: marking stops, and ops see it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Sum

from connect.network_table import Network
from social_auth.models import ProviderMinute

WINDOWS = [timedelta(minutes=5), *(timedelta(hours=hours) for hours in (1, 3, 6, 24))]
"""Where few accounts are read a share is looked for further back."""
MOST_SHARE = 0.05
FEWEST_CALLS = 20
"""Below that a share says nothing: one dead token of three is no storm."""
MANY = 100
"""So many other accounts read without complaint show that a provider is well."""
CALM = timedelta(minutes=45)
"""When a verdict that was not believed is asked for again: well after the window that it fell into."""
KEPT = timedelta(days=1)
_said: dict[str, datetime] = {}
logger = structlog.get_logger(__name__)


def count(network: str, *, calls: int, ends: int, now: datetime, **others: int) -> None:
    """Add to the minute's tally of accounts asked about, of those called dead, and of `others` (its columns)."""
    if not (calls or any(others.values())):
        return
    minute = now.replace(second=0, microsecond=0)
    tally = ProviderMinute.objects.filter(network=network, minute=minute)
    counted = {name: F(name) + number for name, number in {"calls": calls, "ends": ends, **others}.items()}
    if not tally.update(**counted):
        ProviderMinute.objects.bulk_create([ProviderMinute(network=network, minute=minute)], ignore_conflicts=True)
        tally.update(**counted)


class Tally:
    """What a batch came to, written in one go: at its end, and before a verdict in it is believed."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.counts: Counter[str] = Counter(calls=0, ends=0)

    def add(self, **counts: int) -> None:
        self.counts.update(counts)

    def emptied(self) -> dict[str, int]:
        """What was counted, to be written: it begins anew."""
        counts, self.counts = self.counts, Counter(calls=0, ends=0)
        return dict(counts)


def share_of_ends(network: str, now: datetime) -> float:
    """The share of accounts called dead lately, as far back as tells; 0 while a whole day had too few calls."""
    for window in WINDOWS:
        recent = ProviderMinute.objects.filter(network=network, minute__gt=now - window)
        sums = recent.aggregate(calls=Sum("calls", default=0), ends=Sum("ends", default=0))
        if sums["calls"] >= FEWEST_CALLS:
            return float(sums["ends"] / sums["calls"])
    return 0.0


def answers_others(network: str, since: datetime) -> bool:
    """Whether many accounts of that provider were read well since then."""
    minutes = ProviderMinute.objects.filter(network=network, minute__gte=since.replace(second=0, microsecond=0))
    return bool(minutes.aggregate(read=Sum("refreshed", default=0))["read"] >= MANY)


def rages(network: str, now: datetime) -> bool:
    """Whether marking is stopped for that provider; says so in the log, once a minute."""
    share = share_of_ends(network, now)
    minute = now.replace(second=0, microsecond=0)
    if share > MOST_SHARE and _said.get(network) != minute:
        _said[network] = minute
        logger.error("too many tokens called dead: marking stopped", network=str(network), share=round(share, 3))
    return share > MOST_SHARE


def raging(now: datetime, networks: Iterable[str] = Network.values) -> dict[str, str]:
    """The networks where marking is stopped, with the share that stopped it."""
    shares = {network: share_of_ends(network, now) for network in networks}
    return {network: f"{share:.0%} called dead" for network, share in shares.items() if share > MOST_SHARE}


def forget(now: datetime) -> None:
    ProviderMinute.objects.filter(minute__lt=now - KEPT).delete()
