"""Counts the units of calls that a creator waits for: they are never refused for want of budget."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from social_auth.budgets import spending
from social_auth.wire.outcomes import Outcome, TokenDead, Unavailable


@contextmanager
def paid(network: str, units: int) -> Iterator[None]:
    """Count the units of the calls inside the block, unless there was no answer, or the token was refused.

    Refused tokens do not count, as anybody could use up the day's units by posting invalid ones.
    """
    try:
        yield
    except (TokenDead, Unavailable):
        raise
    except Outcome:
        spending.charge(network, units, timezone.now())
        raise
    spending.charge(network, units, timezone.now())
