"""How often an account is read: more often if it is large or its count moves, less often if it rests."""

import random
from datetime import UTC, datetime, time, timedelta

from django.conf import settings

from connect.network_table import Network

LARGE, HUGE = 100_000, 1_000_000
MOVING, JUMPING = 0.01, 0.05
"""Change of the count in a day, as a share of the count."""
FACTORS = {"huge or jumping": 0.25, "large or moving": 0.5, "usual": 1.0, "resting": 2.0}


def next_refresh(network: str, now: datetime, *, count: int | None = None, change: float | None = None) -> datetime:
    """When to read an account again that was read now.

    `count` is what was read, None if that is not known; `change` its share of change in a day, None if it was not
    known before. X costs money for each account and UTC day, so it is read on a later day.
    """
    interval = settings.REFRESH_EVERY * FACTORS[pace(count, change)]
    moment = now + interval * random.uniform(0.9, 1.0)
    if network == Network.TWITTER and moment.astimezone(UTC).date() == now.astimezone(UTC).date():
        tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        moment = tomorrow + timedelta(seconds=random.uniform(0, 6 * 3600))
    return moment


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
