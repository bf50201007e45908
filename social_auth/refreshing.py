"""Reading what was claimed: in the provider's batches or one by one, within its budget, and never twice at once."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from connect.retrying import retried
from connect.workflow import Health
from networks.models import SocialNetwork
from social_auth import budgets, http, storms
from social_auth.health import BROKEN
from social_auth.models import Credential
from social_auth.outcomes import OurFault, Outcome, OutOfCredit, RateLimited, Unavailable
from social_auth.planning import refreshable
from social_auth.providers import adapter_for
from social_auth.providers.records import Profile, Subject
from social_auth.recording import CONFIRMS_END, keep_all, quota_returns
from social_auth.vault import Undecipherable

logger = structlog.get_logger(__name__)
PARKED = 60
"""Seconds for which a provider is left alone that limits us without saying for how long."""
CALL = timedelta(seconds=http.DEADLINE)
"""What a call takes at most: with less of the lease than all calls of a part may take, it is renewed first."""
TOGETHER = 5
"""Accounts read one by one are written so many at a time: what a killed worker did not write is asked for again."""


def refresh_batch(network: str, token: int, ids: Sequence[int]) -> Counter[str]:
    """Read and write what was claimed; count what came of it. Rows that the token no longer holds are left alone."""
    counts: Counter[str] = Counter()
    held: dict[int, SocialNetwork] = {}
    look_again, size = timezone.now(), _together(network)
    for start in range(0, len(ids), size):
        if timezone.now() >= look_again:  # at first, and when the lease may have passed to somebody else
            held, look_again = _hold(token, ids[start:]), timezone.now() + settings.REFRESH_LEASE - size * CALL
        counts += _refresh(network, token, [held[pk] for pk in ids[start : start + size] if pk in held])
    return counts


def _hold(token: int, ids: Sequence[int]) -> dict[int, SocialNetwork]:
    """Return the rows that are still ours, whose lease runs anew: who is at work must not lose it between two calls."""
    held = refreshable().held(token).filter(pk__in=ids)
    held.prolong(timezone.now() + settings.REFRESH_LEASE)
    return {row.pk: row for row in held.select_related("credential").order_by("pk")}


def _together(network: str) -> int:
    """How many accounts are read and then written: a call's worth, or some calls that the budget has room for."""
    batch_size = adapter_for(network).batch_size
    return batch_size if batch_size > 1 else max(min(TOGETHER, int(budgets.budget_of(network).room)), 1)


def _refresh(network: str, token: int, rows: list[SocialNetwork]) -> Counter[str]:
    results: dict[int, Profile | Outcome] = {}
    subjects = []
    for row in rows:
        subject = subject_of(row)
        if isinstance(subject, Subject):
            subjects.append(subject)
        else:
            results[row.pk] = subject
    results |= _read(network, subjects)
    results = retried(lambda: _without_storm(network, rows, results, timezone.now()))
    return keep_all(rows, token, results, timezone.now())


@transaction.atomic
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


def subject_of(row: SocialNetwork) -> Subject | Outcome:
    """What a provider is asked about the account with: its id, and its owner's token where that is needed."""
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
    _refund(network, units - adapter.charged(list(results.values())), now)
    return _parking(network, results, now)


def _refund(network: str, units: int, now: datetime) -> None:
    try:
        budgets.refund(network, units, now)
    except DatabaseError:  # the readings are worth more
        logger.exception("units could not be given back", network=network)
        http.release_database()


def _parking(network: str, results: dict[int, Profile | Outcome], now: datetime) -> dict[int, Profile | Outcome]:
    """Leave a provider alone that limits us as a whole: for as long as it says, or until its quota is back.

    Where accounts are read by their own tokens, a few of them say nothing of the others.
    """
    told = list(results.values())
    adapter = adapter_for(network)
    if adapter.needs_token and adapter.batch_size == 1 and len(told) < TOGETHER:
        return results
    if all(isinstance(one, OutOfCredit) for one in told):
        budgets.park(network, max(quota_returns(network, one, now) for one in told), now)
    elif all(isinstance(one, RateLimited) for one in told):
        wait = max(one.retry_after or PARKED for one in told if isinstance(one, RateLimited))
        budgets.park(network, now + timedelta(seconds=wait), now)
    return results
