"""Logs, and counts for an alarm, that a provider refuses us for a fault of our own."""

from datetime import datetime

import structlog
from django.db import DatabaseError
from django.utils import timezone

from social_auth.budgets import storms

_reported: dict[tuple[str, str], datetime] = {}
logger = structlog.get_logger(__name__)


def report(network: str, meaning: str) -> None:
    """Report a fault of ours at that provider; each process does so once a minute, however many calls fail by it."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    if _reported.get((network, meaning)) == minute:
        return
    _reported[network, meaning] = minute
    logger.error("a provider refuses us, not an account", network=str(network), meaning=meaning)
    try:
        storms.count(network, calls=0, ends=0, faults=1, now=now)
    except DatabaseError as error:
        logger.warning("a fault of ours could not be counted", network=str(network), error=type(error).__name__)


def forget() -> None:
    _reported.clear()
