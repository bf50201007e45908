"""Turning what was posted into tokens: a code is good for one exchange, whoever posts it how often at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from social_auth.models import SeenOnce
from social_auth.outcomes import TokenDead, Unavailable
from social_auth.providers.base import Adapter
from social_auth.providers.records import Posted, Tokens


def obtain(adapter: Adapter, posted: Posted) -> Tokens:
    """Return the tokens; raises an Outcome. A code seen before is refused here: asked about a second time, providers
    end what the first exchange gave."""
    with _once(adapter, posted.code):
        return adapter.obtain(posted)


@contextmanager
def _once(adapter: Adapter, code: str) -> Iterator[None]:
    """Remember the code, unless the provider could not be asked about it."""
    if not code:
        yield
        return
    if not SeenOnce.objects.first_time(f"code:{adapter.network}", code.encode()):
        outcome = TokenDead("code used before")
        outcome.field = "code"
        raise outcome
    try:
        yield
    except Unavailable:
        SeenOnce.objects.unsee(f"code:{adapter.network}", code.encode())
        raise
