"""When a provider suddenly calls many tokens dead, it is ill, not the tokens: marking stops, and ops see it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import structlog
from django.conf import settings
from django.db.models import F, Sum
from django.db.models.expressions import CombinedExpression

from connect.clock import shared
from social_auth.budgets.models import ProviderMinute
from social_auth.wire.outcomes import CalledDeadWithMany

WINDOWS = [timedelta(minutes=5), *(timedelta(hours=hours) for hours in (1, 3, 6, 24))]
"""Where few accounts are read a share is looked for further back."""
FEWEST_CALLS = 20
"""Below that a share says nothing: one dead token of three is no storm."""
MANY = 100
"""So many other accounts read, or renewed, without complaint show that a provider is well."""
CALM = timedelta(minutes=45)
"""When a verdict that was not believed is asked for again: well after the window that it fell into."""
KEPT = timedelta(days=1)
_said: dict[str, datetime] = {}


@dataclass(frozen=True)
class Verdicts:
    """In which columns verdicts of a kind are counted, and what share of dead ones makes a storm."""

    given: F | CombinedExpression
    dead: F
    well: F
    most_share: float
    words: str


READINGS = Verdicts(F("calls"), F("ends"), F("refreshed"), most_share=0.05, words="called dead")
RENEWALS = Verdicts(F("renewed") + F("refused"), F("refused"), F("renewed"), most_share=0.1, words="not renewed")
"""Of credentials that readings do without: each is renewed once a week, so that more are found dead at a time."""
logger = structlog.get_logger(__name__)


def count(network: str, *, calls: int, ends: int, now: datetime, **others: int) -> None:
    """Add to the minute's tally of accounts read, of verdicts that are news or not believed yet, and of other columns.

    Where readings need no token, renewals are counted apart, as `renewed` and `refused`: who reads well by our own
    keys may refuse to renew.
    """
    if not (calls or any(others.values())):
        return
    ProviderMinute.objects.add(network, now, calls=calls, ends=ends, **others)


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


def share_of_ends(network: str, now: datetime, of: Verdicts = READINGS) -> float:
    """The share of verdicts that called something dead, as far back as tells; 0 while a whole day had too few."""
    for window in WINDOWS:
        recent = ProviderMinute.objects.filter(network=network).within(window, now)
        sums = recent.aggregate(given=Sum(of.given, default=0), dead=Sum(of.dead, default=0))
        if sums["given"] >= FEWEST_CALLS:
            return float(sums["dead"] / sums["given"])
    return 0.0


def answers_others(network: str, since: datetime, of: Verdicts = READINGS) -> bool:
    """Whether that provider read many other accounts well since then, or renewed their credentials."""
    minutes = ProviderMinute.objects.filter(network=network, minute__gte=since.replace(second=0, microsecond=0))
    return bool(minutes.aggregate(well=Sum(of.well, default=0))["well"] >= MANY)


def outlasts(unbelieved_at: datetime | None, now: datetime) -> bool:
    """Whether a verdict that was not believed then is said for longer than providers err."""
    return unbelieved_at is not None and unbelieved_at <= now - settings.CONNECT_CONFIRM_ALONE_AFTER


def not_believed() -> CalledDeadWithMany:
    """What stands for a verdict while a provider gives too many of them: it is asked for again well after that."""
    return CalledDeadWithMany("too many called dead", retry_after=int(CALM.total_seconds()))


def rages(network: str, now: datetime, of: Verdicts = READINGS) -> bool:
    """Whether marking is stopped for that provider; says so in the log, once a minute."""
    share = share_of_ends(network, now, of)
    minute = now.replace(second=0, microsecond=0)
    if share > of.most_share and _said.get(network) != minute:
        _said[network] = minute
        logger.error("marking stopped", network=str(network), too_many=of.words, share=round(share, 3))
    return share > of.most_share


def raging(now: datetime) -> dict[str, str]:
    """The networks where marking is stopped, with the share that stopped it."""
    found = {}
    called_dead = ProviderMinute.objects.within(WINDOWS[-1], now).with_ends()
    for network, of in product(called_dead, (RENEWALS, READINGS)):
        share = share_of_ends(network, now, of)
        if share > of.most_share:
            found[network] = f"{share:.0%} {of.words}"
    return found


def forget(now: datetime) -> None:
    ProviderMinute.objects.filter(minute__lt=shared(now) - KEPT).delete()
