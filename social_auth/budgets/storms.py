"""Storms: a provider that calls many tokens dead at once is ill itself. Then nothing is marked, and ops see it."""

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
"""The share is taken of the first window with enough calls: where few accounts are read, a longer one."""
FEWEST_CALLS = 20
"""With fewer calls a share says nothing: one dead token of three is no storm."""
MANY = 100
"""If so many other accounts were read or renewed, the provider is well."""
CALM = timedelta(minutes=45)
"""How long to wait before asking again about an account whose verdict was not believed."""
KEPT = timedelta(days=1)
_logged: dict[str, datetime] = {}


@dataclass(frozen=True)
class Verdicts:
    """The columns in which a kind of verdict is counted, and the share of dead ones that makes a storm."""

    given: F | CombinedExpression
    dead: F
    well: F
    most_share: float
    words: str


READINGS = Verdicts(F("calls"), F("ends"), F("refreshed"), most_share=0.05, words="called dead")
RENEWALS = Verdicts(F("renewed") + F("refused"), F("refused"), F("renewed"), most_share=0.1, words="not renewed")
"""Credentials that readings do not need are renewed only once a week, so more of them are found dead at a time."""
logger = structlog.get_logger(__name__)


def count(network: str, *, calls: int, ends: int, now: datetime, **others: int) -> None:
    """Add to the minute's counts: accounts read, verdicts that are new or were not believed before, other columns.

    Where readings need no token, renewals are counted apart, as `renewed` and `refused`: a provider may answer our own
    keys and refuse all renewals.
    """
    if not (calls or any(others.values())):
        return
    ProviderMinute.objects.add(network, now, calls=calls, ends=ends, **others)


class Tally:
    """The counts of a batch, written together: at its end, and before one of its verdicts is believed."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.counts: Counter[str] = Counter(calls=0, ends=0)

    def add(self, **counts: int) -> None:
        self.counts.update(counts)

    def emptied(self) -> dict[str, int]:
        """Return the counts and begin again at zero."""
        counts, self.counts = self.counts, Counter(calls=0, ends=0)
        return dict(counts)


def share_of_ends(network: str, now: datetime, verdicts: Verdicts = READINGS) -> float:
    """The share of verdicts that called something dead; 0 if even a whole day had too few calls."""
    for window in WINDOWS:
        recent = ProviderMinute.objects.filter(network=network).within(window, now)
        sums = recent.aggregate(given=Sum(verdicts.given, default=0), dead=Sum(verdicts.dead, default=0))
        if sums["given"] >= FEWEST_CALLS:
            return float(sums["dead"] / sums["given"])
    return 0.0


def answers_others(network: str, since: datetime, verdicts: Verdicts = READINGS) -> bool:
    """Whether, since then, many other accounts were read at that provider, or their credentials renewed."""
    minutes = ProviderMinute.objects.filter(network=network, minute__gte=since.replace(second=0, microsecond=0))
    return bool(minutes.aggregate(well=Sum(verdicts.well, default=0))["well"] >= MANY)


def outlasts(unbelieved_at: datetime | None, now: datetime) -> bool:
    """Whether the provider has repeated a disbelieved verdict for so long that it is believed after all."""
    return unbelieved_at is not None and unbelieved_at <= now - settings.CONNECT_CONFIRM_ALONE_AFTER


def not_believed() -> CalledDeadWithMany:
    """The outcome in place of a verdict during a storm: the account is asked about again after it."""
    return CalledDeadWithMany("too many called dead", retry_after=int(CALM.total_seconds()))


def is_storm(network: str, now: datetime, verdicts: Verdicts = READINGS) -> bool:
    """Whether marking is stopped for that provider; logs it once a minute."""
    share = share_of_ends(network, now, verdicts)
    minute = now.replace(second=0, microsecond=0)
    if share > verdicts.most_share and _logged.get(network) != minute:
        _logged[network] = minute
        logger.error("marking stopped", network=str(network), too_many=verdicts.words, share=round(share, 3))
    return share > verdicts.most_share


def storms_now(now: datetime) -> dict[str, str]:
    """The networks where marking is stopped, with the share that stopped it."""
    shares = {}
    called_dead = ProviderMinute.objects.within(WINDOWS[-1], now).with_ends()
    for network, verdicts in product(called_dead, (RENEWALS, READINGS)):
        share = share_of_ends(network, now, verdicts)
        if share > verdicts.most_share:
            shares[network] = f"{share:.0%} {verdicts.words}"
    return shares


def forget(now: datetime) -> None:
    ProviderMinute.objects.filter(minute__lt=shared(now) - KEPT).delete()
