"""What calls for somebody who waits cost of a provider's day: it is counted, and nobody is refused for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from social_auth.budgets import spending
from social_auth.wire.outcomes import Outcome, TokenDead, Unavailable


@contextmanager
def paid(network: str, units: int) -> Iterator[None]:
    """Count the units that the calls inside take, unless nothing was charged: no answer came, or a token was refused.

    Else anybody could use up the day by posting tokens that are none.
    """
    try:
        yield
    except (TokenDead, Unavailable):
        raise
    except Outcome:
        spending.charge(network, units, timezone.now())
        raise
    spending.charge(network, units, timezone.now())
