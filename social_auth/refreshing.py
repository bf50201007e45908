"""Keeping numbers fresh: due networks are claimed under a lease, read in provider-sized batches, written once."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from connect.audit import audited
from connect.claims import lock_user
from connect.json_columns import merged
from connect.models import CountSource, FollowerReading, SocialResourceQuerySet
from connect.network_table import Network, home_url
from connect.workflow import Health, HealthCause, Status
from networks.models import SocialNetwork
from social_auth import budgets, storms
from social_auth.advisory_locks import try_lock
from social_auth.asset_proofs import keep_numbers
from social_auth.cadence import daily_change, next_refresh
from social_auth.health import BROKEN, after_end
from social_auth.models import Credential, NetworkPause
from social_auth.outcomes import (
    Gone,
    HeldBack,
    OurFault,
    Outcome,
    OutOfCredit,
    RateLimited,
    TokenDead,
    Unavailable,
    WrongUser,
)
from social_auth.providers import adapter_for
from social_auth.providers.records import Profile, Subject
from social_auth.public_ids import make_room
from social_auth.vault import Undecipherable

logger = structlog.get_logger(__name__)
REFRESHED = (Status.PENDING, Status.ACCEPTED, Status.REJECTED)
ROUND = timedelta(seconds=15)
"""The time between two rounds of the planner."""
PARKED = 60
"""Seconds for which a provider is left alone that limits us without saying for how long."""
CONFIRMS_END = (TokenDead, Gone, WrongUser)
"""What the provider must say twice before a connection counts as broken."""


@dataclass(frozen=True)
class Batch:
    """Networks of one provider, claimed together under one fencing token."""

    network: str
    token: int
    ids: list[int]


def refreshable() -> SocialResourceQuerySet:
    """Proven networks that are neither disconnected nor suspended."""
    return SocialNetwork.objects.filter(verified=True, status__in=REFRESHED)


def claim_due(now: datetime) -> Iterator[Batch]:
    """Claim what is due, provider by provider, as far as its budget goes and no more than the cap is outstanding."""
    paused = set(NetworkPause.objects.in_force(now).values_list("network", flat=True))
    for network in Network:
        if network not in paused:
            yield from _claim_network(network, now)


@transaction.atomic
def _claim_network(network: str, now: datetime) -> list[Batch]:
    """Claim one provider's share of this round; nothing if another planner is at it, so that the cap holds."""
    if not try_lock(f"plan:{network}"):
        return []
    rows = refreshable().filter(network=network)
    most = _room(network, rows.leased(now).count(), now)
    return list(claim(rows.due(now), network, most=most, now=now)) if most > 0 else []


def _room(network: str, leased: int, now: datetime) -> int:
    """How many accounts may be claimed: what the provider lets us read until the next round, within the cap.

    The cap counts batches, as workers do: more of them than can be worked off within the lease would be for nothing.
    """
    adapter = adapter_for(network)
    calls, _ = adapter.cost(adapter.batch_size)
    served = budgets.available(network, now, ahead=ROUND) * adapter.batch_size // calls
    return min(settings.REFRESH_OUTSTANDING * adapter.batch_size - leased, served)


def claim_one(pk: int, now: datetime) -> Iterator[Batch]:
    """Claim that one network, if it is due and nobody has it."""
    rows = refreshable().filter(pk=pk)
    network = rows.values_list("network", flat=True).first()
    if network is not None and not NetworkPause.objects.in_force(now).filter(network=network).exists():
        yield from claim(rows.due(now), network, most=1, now=now)


def claim(rows: SocialResourceQuerySet, network: str, *, most: int, now: datetime) -> Iterator[Batch]:
    """Claim up to `most` rows at once and hand them out in batches of the provider's size."""
    size = adapter_for(network).batch_size
    token, ids = rows.claim(most=max(most, 0), now=now, lease=settings.REFRESH_LEASE)
    for start in range(0, len(ids), size):
        yield Batch(network, token, ids[start : start + size])


def refresh_batch(network: str, token: int, ids: Sequence[int]) -> Counter[str]:
    """Read and write one batch; count what came of it. Rows that the token no longer holds are left alone."""
    rows = list(refreshable().held(token).filter(pk__in=ids).select_related("credential").order_by("pk"))
    results: dict[int, Profile | Outcome] = {}
    subjects = []
    for row in rows:
        subject = _subject(row)
        if isinstance(subject, Subject):
            subjects.append(subject)
        else:
            results[row.pk] = subject
    results |= _read(network, subjects)
    results = _without_storm(network, rows, results, timezone.now())
    return Counter(_keep_safely(row, token, results[row.pk]) for row in rows)


def _keep_safely(row: SocialNetwork, token: int, result: Profile | Outcome) -> str:
    """Write one result; a row that the database refuses (a deadlock, a claim in between) does not stop its batch."""
    try:
        return _keep(row, token, result, timezone.now())
    except DatabaseError:
        logger.exception("a reading could not be written", network_id=row.pk)
        return "postponed"  # its lease runs out, and it is read again


def _without_storm(
    network: str, rows: list[SocialNetwork], results: dict[int, Profile | Outcome], now: datetime
) -> dict[int, Profile | Outcome]:
    """Count the new verdicts; while a provider gives too many of them, take none for true, and ask again much later.

    Old verdicts said again are no news: counted, they would keep a storm going for ever.
    """
    ends = {row.pk: row.health for row in rows if isinstance(results[row.pk], CONFIRMS_END)}
    new = [pk for pk, health in ends.items() if health in (Health.HEALTHY, Health.EXPIRING)]
    postponed = sum(isinstance(result, Unavailable) for result in results.values())
    read = sum(isinstance(result, Profile) for result in results.values())
    answered = len(results) - postponed  # what was no answer must not hide how many were called dead
    storms.count(network, calls=answered, ends=len(new), refreshed=read, postponed=postponed, now=now)
    doubted = [pk for pk, health in ends.items() if health not in BROKEN]
    if not doubted or not storms.rages(network, now):
        return results
    calm = Unavailable("too many called dead", retry_after=int(storms.CALM.total_seconds()))
    return {pk: calm if pk in doubted else result for pk, result in results.items()}


def _subject(row: SocialNetwork) -> Subject | Outcome:
    adapter = adapter_for(row.network)
    if not adapter.needs_token:
        return Subject(row.pk, row.provider_uid or "")
    try:
        return Subject(row.pk, row.provider_uid or "", row.credential.open().access_token)
    except Credential.DoesNotExist:
        return OurFault("no credential")
    except Undecipherable:
        return OurFault("a credential does not open")


def _read(network: str, subjects: list[Subject]) -> dict[int, Profile | Outcome]:
    if not subjects:
        return {}
    adapter, now = adapter_for(network), timezone.now()
    calls, units = adapter.cost(len(subjects))
    try:
        adapter.breaker.check()  # before anything is spent on a provider that is left alone
        budgets.take(network, calls=calls, units=units, now=now)
    except Unavailable as refusal:
        return {subject.pk: refusal for subject in subjects}
    results: dict[int, Profile | Outcome]
    try:
        results = adapter.read_many(subjects)
    except Outcome as outcome:
        results = {subject.pk: outcome for subject in subjects}
    if all(isinstance(result, Unavailable) for result in results.values()):
        budgets.refund(network, units, now)
    return _parking(network, results, now)


def _quota_returns(network: str, outcome: Any, now: datetime) -> datetime:
    """When there is quota or credit again: our own day's end, or when the provider says."""
    if outcome.retry_after:
        return now + timedelta(seconds=outcome.retry_after)
    return adapter_for(network).quota_returns(now)


def _parking(network: str, results: dict[int, Profile | Outcome], now: datetime) -> dict[int, Profile | Outcome]:
    """Leave a provider alone that limits us as a whole: for as long as it says, or until its quota is back.

    Where an account is read by its own token, one of them says nothing of the others.
    """
    told = list(results.values())
    if adapter_for(network).needs_token and len(told) == 1:
        return results
    if all(isinstance(one, OutOfCredit) for one in told):
        budgets.park(network, max(_quota_returns(network, one, now) for one in told), now)
    elif all(isinstance(one, RateLimited) for one in told):
        wait = max(one.retry_after or PARKED for one in told if isinstance(one, RateLimited))
        budgets.park(network, now + timedelta(seconds=wait), now)
    return results


def _keep(row: SocialNetwork, token: int, result: Profile | Outcome, now: datetime) -> str:
    """Write one result if the lease still holds; return the word it is counted under."""
    if isinstance(result, Profile):
        return "refreshed" if _keep_profile(row, token, result, now) else "overtaken"
    if isinstance(result, CONFIRMS_END):
        return "broken" if _keep_end(row, token, result, now) else "overtaken"
    if isinstance(result, HeldBack):  # nobody was asked: it keeps its place, and may be asked for
        return "postponed" if _release(row, token, row.next_refresh_at or now, claimed_at=row.read_at) else "overtaken"
    return "postponed" if _release(row, token, _next_attempt(row.network, result, now)) else "overtaken"


@transaction.atomic
def _keep_profile(row: SocialNetwork, token: int, profile: Profile, now: datetime) -> bool:
    if profile.external_id != row.external_id:
        lock_user(row.user_id)  # another record may have to make room: the user comes first, as everywhere
    still_held = refreshable().held(token).filter(pk=row.pk).select_for_update(no_key=True)
    if not still_held.exists():
        return False  # before anything else of the creator's is touched
    with audited(action="refresh", by=None):
        if profile.external_id != row.external_id:
            make_room(row, profile.external_id)
        written = _release(
            row,
            token,
            next_refresh(row.network, now, count=profile.followers, change=_change(row, profile, now)),
            followers=profile.followers,
            followers_source=profile.provenance,
            followers_as_of=now if profile.provenance else None,
            read_at=now,
            name=profile.name or row.name,
            external_id=profile.external_id,
            url=profile.url if profile.url not in ("", home_url(row.network)) else row.url,
            extra_data=merged("extra_data", profile.extra),
            **_healed(row, now),
            last_updated=now,
        )
    if written:
        FollowerReading.objects.keep(row, followers=profile.followers, source=profile.provenance, as_of=now)
        keep_numbers(row, profile, now)
    return written


def _change(row: SocialNetwork, profile: Profile, now: datetime) -> float | None:
    known = row.followers if row.followers_source in (profile.provenance, CountSource.ROUNDED) else None
    return daily_change(known, profile.followers, now - row.followers_as_of) if row.followers_as_of else None


def _healed(row: SocialNetwork, now: datetime) -> dict[str, Any]:
    """A reading by the owner's token heals whatever it was; one by our own keys says nothing of a dead credential."""
    by_token = adapter_for(row.network).needs_token
    if row.health in (Health.HEALTHY, Health.EXPIRING):
        return {}
    if not by_token and row.health_cause == HealthCause.CREDENTIAL and getattr(row, "credential", None):
        return {}
    return {"health": Health.HEALTHY, "health_since": now, "health_cause": ""}


def _keep_end(row: SocialNetwork, token: int, outcome: Outcome, now: datetime) -> bool:
    cause = HealthCause.CREDENTIAL if isinstance(outcome, TokenDead) else HealthCause.ACCOUNT
    changes, again = after_end(row, now, cause)
    with audited(action="refresh", by=None, reason=outcome.detail):
        touched = {"last_updated": now} if changes else {}
        return _release(row, token, again or next_refresh(row.network, now), **touched, **changes)


def _next_attempt(network: str, outcome: Outcome, now: datetime) -> datetime:
    """Soon again after an outage, when a quota returns, and an interval later for what only its owner can mend."""
    if isinstance(outcome, OutOfCredit):
        return _quota_returns(network, outcome, now)
    if not isinstance(outcome, Unavailable):
        return next_refresh(network, now)
    return now + timedelta(seconds=(outcome.retry_after or settings.REFRESH_RETRY) * random.uniform(1.0, 1.2))  # noqa: S311 - no secret


def _release(row: SocialNetwork, token: int, again: datetime, **changes: Any) -> bool:
    """Give the row back with its changes, unless the lease passed to somebody else or the status forbids it."""
    held = refreshable().held(token).filter(pk=row.pk)
    return held.update(lease_until=None, next_refresh_at=again, **changes) == 1
