"""How often an account is read: more often if it is large or its count moves, less often if it rests."""

import random
from datetime import UTC, datetime, time, timedelta

from django.conf import settings

from connect.network_table import Network

LARGE, HUGE = 100_000, 1_000_000
MOVING, JUMPING = 0.01, 0.05
"""Change of the count in a day, as a share of the count."""
BILLED_BY_UTC_DAY = (Network.TWITTER,)
"""X charges for each account once in a UTC day, so no account is read twice in one."""
FACTORS = {"huge or jumping": 0.25, "large or moving": 0.5, "usual": 1.0, "resting": 2.0}


def next_refresh(network: str, now: datetime, *, count: int | None = None, change: float | None = None) -> datetime:
    """When to read an account again that was read now.

    `count` is what was read, None if that is not known; `change` its share of change in a day, None if it was not
    known before.
    """
    interval = settings.REFRESH_EVERY * FACTORS[pace(count, change)]
    moment = now + interval * random.uniform(0.9, 1.0)
    if network in BILLED_BY_UTC_DAY and moment < (tomorrow := _next_utc_day(now)):
        moment = tomorrow + timedelta(seconds=random.uniform(0, 6 * 3600))
    return moment


def may_be_read_again(network: str, last: datetime) -> datetime:
    """When an account that was read at `last` may be read again on its owner's request."""
    return _next_utc_day(last) if network in BILLED_BY_UTC_DAY else last + settings.REFRESH_COOLDOWN


def _next_utc_day(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def pace(count: int | None, change: float | None) -> str:
    if (count or 0) >= HUGE or (change or 0) >= JUMPING:
        return "huge or jumping"
    if (count or 0) >= LARGE or (change or 0) >= MOVING:
        return "large or moving"
    return "resting" if change == 0 else "usual"


def daily_change(old: int | None, new: int | None, elapsed: timedelta) -> float | None:
    """The share by which a count changed in a day; None if either is not known."""
    if old is None or new is None or elapsed <= timedelta(0):
        return None
    days = max(elapsed / timedelta(days=1), 1 / 24)
    return abs(new - old) / max(old, 1) / days
