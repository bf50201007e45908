"""What is wrong on our side, as a provider's answer shows it: said in the log, and counted for an alarm."""

from datetime import datetime

import structlog
from django.db import DatabaseError
from django.utils import timezone

from social_auth.budgets import storms

_told: dict[tuple[str, str], datetime] = {}
logger = structlog.get_logger(__name__)


def tell(network: str, meaning: str) -> None:
    """Tell ops of a fault of ours at that provider: once a minute from each process, however many calls meet it."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    if _told.get((network, meaning)) == minute:
        return
    _told[network, meaning] = minute
    logger.error("a provider refuses us, not an account", network=str(network), meaning=meaning)
    try:
        storms.count(network, calls=0, ends=0, faults=1, now=now)
    except DatabaseError as error:
        logger.warning("a fault of ours could not be counted", network=str(network), error=type(error).__name__)


def forget() -> None:
    _told.clear()
