"""How many calls the cadence needs: what the pace of the true numbers asks for, summed up as the year goes by."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.year.life import Life
from benchmarks.year.lives import EXTENDED, LIVES, OWN_KEYS
from social_auth.assets.discovery import DAILY
from social_auth.budgets.cadence import FACTORS, daily_change, pace
from social_auth.providers.adapters import adapter_for

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SPREAD = 0.95
"""The part of an interval after which an account is read in the middle: from 0.9 to 1.0."""
COUNTED = ("instagram", "youtube", "twitter", "tiktok", "pinterest")
"""Networks that tell a count."""
CONFIRMING = 2
"""Readings and renewals that each death takes beyond the cadence: the word, and the same word again."""


@dataclass
class Known:
    """What the last reading of an account said, and until when what it asks for is counted."""

    read_at: datetime
    count: int | None
    interval: timedelta
    counted: datetime


class Need:
    """Sums up, account by account, what reading, renewing, listing and posts take where nothing goes wrong."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.connected_days: Counter[str] = Counter()
        self._known: dict[int, Known] = {}

    def connected(self, life: Life, now: datetime) -> None:
        """Connecting reads the account: from then on it is to be read."""
        self.accrue(life, now)
        self._known[life.pk] = Known(now, _count(life, now), _interval(life, None, None), now)

    def read(self, life: Life, now: datetime) -> None:
        """A reading came to something: it sets the pace until the next one."""
        known = self._known.get(life.pk)
        if known is None:
            return
        self.accrue(life, now)
        count = _count(life, now)
        elapsed = now - known.read_at
        if elapsed >= timedelta(minutes=1):
            change = daily_change(known.count, count, elapsed)
            self._known[life.pk] = Known(now, count, _interval(life, count, change), now)

    def accrue(self, life: Life, now: datetime) -> None:
        """Count what was needed since the last time that this account was looked at."""
        known = self._known.get(life.pk)
        if known is None or now <= known.counted:
            return
        passed, known.counted = now - known.counted, now
        interval = DAY * SPREAD if life.dead else known.interval
        self.calls[life.network, "read"] += passed / interval
        self.connected_days[life.network] += passed / DAY
        if not life.dead:
            for purpose, often in _others(life).items():
                self.calls[life.network, purpose] += passed / DAY * often

    def disconnected(self, life: Life, now: datetime) -> None:
        self.accrue(life, now)
        self._known.pop(life.pk, None)

    def died(self, life: Life) -> None:
        self.calls[life.network, "read"] += CONFIRMING
        self.calls[life.network, "renew"] += CONFIRMING


def _interval(life: Life, count: int | None, change: float | None) -> timedelta:
    from django.conf import settings

    told = settings.REFRESH_EVERY * FACTORS[pace(count, change)] * SPREAD
    return max(told, DAY) if life.network == "twitter" else told


def _count(life: Life, now: datetime) -> int | None:
    """As the provider tells it."""
    if life.network not in COUNTED or life.state == "hidden":
        return None
    count = life.followers(now)
    digits = max(len(str(count)) - 3, 0) if life.network == "youtube" else 0
    return count // 10**digits * 10**digits


def _others(life: Life) -> dict[str, float]:
    """Calls a day for renewing, for what else the account holds, and for its posts."""
    adapter = adapter_for(life.network)
    often: dict[str, float] = {}
    if life.network in OWN_KEYS:
        often["renew"] = 1 / 7 if life.refresh else 0.0
    elif life.refresh or life.network in EXTENDED:
        lasts = LIVES[life.network, "long" if life.network in EXTENDED else "short"]
        often["renew"] = 86400 / (lasts - adapter.renew_ahead.total_seconds())
    if adapter.asset_noun and adapter.relists:
        holds = life.account.traits.assets
        calls = {"linkedin": 1 + 2 * holds, "pinterest": 2}.get(life.network, 1)
        often["list"] = calls * DAY / DAILY if holds or (life.network == "pinterest" and life.bare) else 0.0
    if adapter.posts_cost and life.state != "hidden":
        often["posts"] = adapter.posts_cost * DAY / (WEEK * 1.05)
    return often
