"""Computes engagement rates from recent posts, once a week, with the budget that reading followers leaves."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from connect.database.retries import retried
from connect.due_work.leases import LeaseQuerySet
from connect.due_work.work import Claim, DueWork
from connect.moderation.workflow import REFRESHED, Health
from connect.retention import Data, allows
from connect.signals import network_connected
from networks.models import SocialNetwork
from social_auth.budgets import spending
from social_auth.budgets.spending import unpaused
from social_auth.credentials.renewal import with_living_token
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.posts import erf_1
from social_auth.refresh.batches import subject_of
from social_auth.refresh.models import Engagement
from social_auth.wire import http
from social_auth.wire.outcomes import HeldBack, MissingScope, Outcome, OutOfCredit, Unavailable

WEEKLY = timedelta(days=7)
LEASE = timedelta(minutes=10)
AGAIN = timedelta(hours=6)
"""To wait after an outage, or if our own budget had no room."""
MAX_RUNNING = 20
"""Accounts of a network at the same time."""
SHARE = 0.5
"""Posts may use this share of the rate and of the day's units; the rest is reserved for followers."""


def measurable(network: str) -> LeaseQuerySet:
    """The accounts whose posts can be read: connected and healthy."""
    rows = Engagement.objects.filter(provider=network, network__verified=True, network__status__in=REFRESHED)
    return rows.filter(network__health__in=(Health.HEALTHY, Health.EXPIRING))


ENGAGEMENT = DueWork(
    name="engagement",
    lanes=lambda now: [network for network in unpaused(now) if computes(network)],
    rows=measurable,
    room=lambda network, leased, now: min(MAX_RUNNING - leased, _room(adapter_for(network), now)),
    lease=lambda: LEASE,
)


def computes(network: str) -> bool:
    """Whether posts can be read there, and the network's rules let a rate be computed from them."""
    return bool(adapter_for(network).posts_cost) and allows(network, Data.DERIVED)


def listen() -> None:
    network_connected.connect(_schedule, sender=SocialNetwork, dispatch_uid="engagement")


def _schedule(resource: SocialNetwork, **_: Any) -> None:
    """Schedule the computation of the account's rate."""
    if adapter_for(resource.network).posts_cost:
        Engagement.objects.schedule(resource)


def _room(adapter: Adapter, now: datetime) -> int:
    free = spending.available(adapter.network, now, ahead=timedelta(0)) * SHARE
    reserve = int((spending.budget_of(adapter.network).daily_units or 0) * SHARE)
    units = spending.units_left(adapter.network, now)
    room = int(max(free, 0)) // adapter.posts_cost
    if units is not None and adapter.posts_units:
        room = min(room, max(units - reserve, 0) // adapter.posts_units)
    return min(room, MAX_RUNNING)


def measure(pk: int) -> str:
    """Compute one account's rate, if it is due and no other worker has it; return a word for the result."""
    provider = Engagement.objects.filter(pk=pk).values_list("provider", flat=True).first()
    claim = ENGAGEMENT.claim_one(pk, provider, timezone.now()) if provider else None
    return work_off(claim) if claim else "in other hands"


def work_off(claim: Claim) -> str:
    """Compute the rates of the claimed accounts; return a word for the last result."""
    word = "in other hands"
    for work in ENGAGEMENT.begin(claim, timezone.now(), "network__credential"):
        word = _measure(work.network, claim.token)
    return word


def _measure(row: SocialNetwork, token: int) -> str:
    if not row.followers:  # nothing to divide by
        return _done(row, token, None, WEEKLY)
    http.release_database()
    try:
        rate = erf_1(_posts(row, timezone.now()), row.followers, timezone.now())
    except Outcome as outcome:
        wait = _wait(row.network, outcome, timezone.now())
        return retried(lambda: _done(row, token, None, wait))
    return retried(lambda: _done(row, token, rate, WEEKLY))


def _wait(network: str, outcome: Outcome, now: datetime) -> timedelta:
    if isinstance(outcome, OutOfCredit):
        return adapter_for(network).quota_returns(now) - now
    return AGAIN if isinstance(outcome, Unavailable) else WEEKLY


def _posts(row: SocialNetwork, now: datetime) -> list[Any]:
    """Read the posts; raises an Outcome, without calling if a scope is missing or the budget has no room."""
    adapter, subject = adapter_for(row.network), subject_of(row)
    if isinstance(subject, Outcome):
        raise subject
    granted = set(row.credential.scopes) if adapter.needs_token else set()
    if granted and not set(adapter.posts_scopes) <= granted:  # some providers do not say what was granted
        raise MissingScope(f"needs {' and '.join(adapter.posts_scopes)}")
    if not _room(adapter, now):
        raise HeldBack("what is left is for followers")
    adapter.breaker.check()
    taken_at = spending.take(row.network, calls=adapter.posts_cost, units=adapter.posts_units, now=now)
    try:
        if not adapter.needs_token:
            return adapter.recent_posts(subject)
        return with_living_token(
            row.credential, lambda token: adapter.recent_posts(replace(subject, access_token=token))
        )
    except Unavailable:
        retried(lambda: spending.refund(row.network, adapter.posts_units, taken_at))
        raise


@transaction.atomic
def _done(row: SocialNetwork, token: int, rate: float | None, wait: timedelta) -> str:
    now = timezone.now()
    again = now + wait * random.uniform(1.0, 1.1)
    if not Engagement.objects.filter(pk=row.pk).finish(token, again):
        return "overtaken"
    if rate is None:
        return "not known"
    return "computed" if row.keep_engagement(rate, now) else "overtaken"
