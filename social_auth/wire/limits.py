"""Reads what providers say about limits in their headers; senseless and hostile values are ignored or clamped."""

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connect.api.strict_input import Unreadable, read_json

MAX_WAIT = 6 * 3600
WINDOW = 15 * 60
"""Seconds of X's windows: the next one begins at most so much later."""
USED_UP = 95
"""Percent of an app's usage from which on we wait; Meta refuses at 100."""
COOL = 600
"""Seconds to wait for Meta's hourly window to move on; Meta does not say how long."""
MAX_HEADER = 20_000


def requested_wait(headers: Mapping[str, str], now: datetime, *, limited: bool = True) -> int | None:
    """Seconds the provider asks to wait, clamped to 1 s … 6 h; None if it says nothing sensible.

    X says in every answer when the next window begins: that is a wait only if the answer is about a limit, or was the
    last one of its window. The moment is by the provider's clock (its `Date`), as ours may be wrong.
    """
    provider_now = _moment(headers.get("date", ""))
    wait = _digits(headers.get("retry-after", ""))
    if wait is None and provider_now and (until := _moment(headers.get("retry-after", ""))):
        wait = math.ceil((until - provider_now).total_seconds())
    limited = limited or headers.get("x-rate-limit-remaining") == "0"
    if wait is None and limited and (reset := _digits(headers.get("x-rate-limit-reset", ""))) is not None:
        wait = min(reset - int((provider_now or now).timestamp()), WINDOW)
    if wait is None:
        wait = _minutes_to_regain(headers.get("x-business-use-case-usage", ""))
    if wait is None and used_up(headers):
        wait = COOL
    return None if wait is None else min(max(wait, 1), MAX_WAIT)


def used_up(headers: Mapping[str, str]) -> bool:
    """Whether our whole app, and not one account, has used up its limit."""
    usage = _object(headers.get("x-app-usage", ""))
    percents = [usage.get(name) for name in ("call_count", "total_cputime", "total_time")]
    return any(isinstance(percent, int | float) and USED_UP <= percent <= 10_000 for percent in percents)


def _minutes_to_regain(text: str) -> int | None:
    """The longest wait among Meta's business use cases, in seconds; Meta gives minutes."""
    entries = [entry for listed in _object(text).values() if isinstance(listed, list) for entry in listed]
    minutes = [entry.get("estimated_time_to_regain_access") for entry in entries if isinstance(entry, dict)]
    waits = [minute for minute in minutes if type(minute) is int and minute > 0]
    return max(waits) * 60 if waits else None


def _moment(text: str) -> datetime | None:
    """The moment that an HTTP date names; None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None


def _digits(text: str) -> int | None:
    return int(text[:12]) if text.isascii() and text.isdigit() else None


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = read_json(text[:MAX_HEADER].encode("utf-8", "replace")) if text else {}
    except Unreadable:
        return {}
    return parsed if isinstance(parsed, dict) else {}
