"""Refresh on demand: a creator asks for a fresh number, and the answer is the state of the one job, at once."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, TextChoices, Value
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from connect.errors import PermissionDenied
from connect.moderation.workflow import InvalidTransition
from networks.models import SocialNetwork
from social_auth.budgets.cadence import may_be_read_again
from social_auth.budgets.models import NetworkPause
from social_auth.refresh.planning import refreshable
from social_auth.wire.messages import enqueue

RESEND = timedelta(seconds=30)
"""A request that has waited for longer counts as lost, and its task is sent again."""
POLL = 2
"""Seconds after which an app may ask for the state again."""


class JobState(TextChoices):
    QUEUED = "queued", "Waits for a worker"
    RUNNING = "running", "The provider is being asked"
    DONE = "done", "The number is what the provider said after it was asked for"
    COOLING_DOWN = "cooling_down", "The provider was asked a short while ago"


@dataclass(frozen=True)
class Job:
    state: JobState
    retry_after: int | None
    """Seconds until the state can change."""


def request_refresh(network: SocialNetwork, now: datetime | None = None) -> Job:
    """Start a job, or join the one that runs; raises an ApiError if the network cannot be refreshed."""
    now = now or timezone.now()
    _check(network)
    again = _may_start_at(network)
    if again is None or again <= now:
        _queue(network, now)
    return _state(network, now)


def _check(network: SocialNetwork) -> None:
    if network.is_suspended:
        raise PermissionDenied
    if not refreshable().filter(pk=network.pk).exists():
        raise InvalidTransition("refresh", "not connected" if not network.verified else network.status)


def _may_start_at(network: SocialNetwork) -> datetime | None:
    """When the provider may be asked again, whether it answered last time or not; None if it was never asked."""
    asked_times = [at for at in (network.claimed_at, network.read_at) if at]
    return may_be_read_again(network.network, max(asked_times)) if asked_times else None


def _queue(network: SocialNetwork, now: datetime) -> None:
    """Make the row due, unless a worker has it, or another request has just done so."""
    unchanged = Q(claimed_at=network.claimed_at) if network.claimed_at else Q(claimed_at__isnull=True)
    rows = refreshable().free(now).filter(unchanged, pk=network.pk)
    asked_now = rows.filter(next_refresh_at__lte=now, refresh_requested_at__gt=now - RESEND)
    if asked_now.exists():
        return
    sooner = Least(Coalesce(F("next_refresh_at"), Value(now)), Value(now))  # a row that is overdue keeps its place
    if rows.update(next_refresh_at=sooner, refresh_requested_at=now):
        enqueue("social_auth.refresh.tasks.refresh_one", queue=f"on_demand.{network.network}", pk=network.pk)


def _paused_for(network: str, now: datetime) -> int | None:
    """Seconds until ops' pause of the network ends; 60 if it has no end. None if it is not paused."""
    pause = NetworkPause.objects.in_force(now).filter(network=network).first()
    if pause is None:
        return None
    return max(math.ceil((pause.until - now).total_seconds()), 1) if pause.until else 60


def _state(network: SocialNetwork, now: datetime) -> Job:
    network.refresh_from_db()
    if network.lease_until and SocialNetwork.objects.leased(now).filter(pk=network.pk).exists():
        return Job(JobState.RUNNING, POLL)
    if network.next_refresh_at and network.next_refresh_at <= now:
        return Job(JobState.QUEUED, _paused_for(network.network, now) or POLL)
    requested_at, read_at = network.refresh_requested_at, network.read_at
    is_done = requested_at is not None and read_at is not None and read_at >= requested_at
    wait = (_may_start_at(network) or now + timedelta(seconds=POLL)) - now
    return Job(JobState.DONE if is_done else JobState.COOLING_DOWN, max(math.ceil(wait.total_seconds()), 1))
