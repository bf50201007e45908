"""Engagement computed from recent posts, once a week, with what the follower numbers leave of a provider's budget."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from connect.retrying import retried
from connect.workflow import Health
from networks.models import SocialNetwork
from social_auth import budgets, http
from social_auth.models import NetworkPause
from social_auth.outcomes import HeldBack, MissingScope, Outcome, OutOfCredit, Unavailable
from social_auth.planning import refreshable
from social_auth.providers import ADAPTERS, adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.posts import erf_1
from social_auth.refreshing import subject_of

WEEKLY = timedelta(days=7)
LEASE = timedelta(minutes=10)
AGAIN = timedelta(hours=6)
"""When it is tried again after an outage, or when our own budget had no room."""
MOST = 300
"""How many of a network are handed out at a time, in a minute."""
SHARE = 0.5
"""The part of a rate, and of a day's units, that posts may use: the rest of it is kept for followers."""


def due(network: str, now: datetime) -> QuerySet[SocialNetwork]:
    healthy = (Health.HEALTHY, Health.EXPIRING)
    rows: QuerySet[SocialNetwork] = refreshable().filter(
        network=network, health__in=healthy, engagement_due_at__lte=now
    )
    return rows


def plan(now: datetime) -> Iterator[int]:
    """Ids of accounts whose posts are to be read, longest due first, as many as the budgets have room for."""
    paused = set(NetworkPause.objects.in_force(now).values_list("network", flat=True))
    for adapter in ADAPTERS.values():
        if adapter.posts_cost and adapter.network not in paused:
            rows = due(adapter.network, now).order_by("engagement_due_at", "pk")
            yield from rows.values_list("pk", flat=True)[: _room(adapter, now)]


def _room(adapter: Adapter, now: datetime) -> int:
    free = budgets.available(adapter.network, now, ahead=timedelta(0)) * SHARE
    reserve = int((budgets.budget_of(adapter.network).daily_units or 0) * SHARE)
    units = budgets.units_left(adapter.network, now)
    left = free if units is None else min(free, units - reserve)
    return min(int(max(left, 0)) // adapter.posts_cost, MOST)


def measure(pk: int) -> str:
    """Compute one account's rate, if that is due and nobody else does; return a word on what came of it."""
    now = timezone.now()
    row = SocialNetwork.objects.select_related("credential").filter(pk=pk).first()
    if row is None or not due(row.network, now).filter(pk=pk).update(engagement_due_at=now + LEASE):
        return "in other hands"
    if not row.followers:  # nothing to divide by
        return _done(row, None, WEEKLY)
    http.release_database()
    try:
        rate = erf_1(_posts(row, now), row.followers, now)
    except Outcome as outcome:
        wait = _wait(row.network, outcome, now)
        return retried(lambda: _done(row, None, wait))
    return retried(lambda: _done(row, rate, WEEKLY))


def _wait(network: str, outcome: Outcome, now: datetime) -> timedelta:
    if isinstance(outcome, OutOfCredit):
        return adapter_for(network).quota_returns(now) - now
    return AGAIN if isinstance(outcome, Unavailable) else WEEKLY


def _posts(row: SocialNetwork, now: datetime) -> list[Any]:
    """Ask the provider; raises an Outcome, without asking if a scope is missing or the budget has no room."""
    adapter, subject = adapter_for(row.network), subject_of(row)
    if isinstance(subject, Outcome):
        raise subject
    granted = set(row.credential.scopes) if adapter.needs_token else set()
    if granted and not set(adapter.posts_scopes) <= granted:  # some providers do not say what was granted
        raise MissingScope(f"needs {' and '.join(adapter.posts_scopes)}")
    if not _room(adapter, now):
        raise HeldBack("what is left is for followers")
    adapter.breaker.check()
    budgets.take(row.network, calls=adapter.posts_cost, units=adapter.posts_cost, now=now)
    try:
        return adapter.recent_posts(subject)
    except Unavailable:
        retried(lambda: budgets.refund(row.network, adapter.posts_cost, now))
        raise


def _done(row: SocialNetwork, rate: float | None, wait: timedelta) -> str:
    now = timezone.now()
    again = now + wait * random.uniform(1.0, 1.1)  # noqa: S311 - no secret
    if rate is not None:
        return "computed" if row.keep_engagement(rate, now, again) else "overtaken"
    SocialNetwork.objects.filter(pk=row.pk).update(engagement_due_at=again)
    return "not known"
