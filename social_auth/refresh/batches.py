"""Reads claimed accounts: in the provider's batches or one by one, within its budget."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from connect.clock import shared
from connect.database.retries import retried
from networks.models import SocialNetwork
from social_auth.budgets import spending, storms
from social_auth.credentials.health import ALIVE, BROKEN
from social_auth.credentials.models import Credential
from social_auth.credentials.tokens import access_token_of
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Profile, Subject
from social_auth.refresh.planning import refreshable
from social_auth.refresh.results import CONFIRMS_END, keep_all, quota_returns
from social_auth.refresh.second_reading import read_again
from social_auth.wire import http
from social_auth.wire.outcomes import OurFault, Outcome, OutOfCredit, RateLimited, Unavailable

logger = structlog.get_logger(__name__)
PARKED = 60
"""Seconds for which a provider is parked that limits us without saying for how long."""
READING_COLUMNS = [
    *("network", "user_id", "external_id", "provider_uid", "name", "url", "followers", "followers_source"),
    *(
        "followers_as_of",
        "health",
        "health_cause",
        "health_since",
        "expires_at",
        "next_refresh_at",
        "read_at",
        "lease_until",
        "failures",
        "doubted_at",
        "unbelieved_at",
    ),
    *(f"credential__{name}" for name in ("access_cipher", "refresh_cipher", "key_id", "version", "provider", "scopes")),
]
"""The columns that an ordinary reading needs, of more than fifty. Others are fetched when they are needed."""
PART = timedelta(seconds=30)
"""The calls of a part take no longer; accounts that are left are read another time."""
LEASE_NEEDED = PART + timedelta(seconds=5)
"""For the calls of a part and writing it; with less of the lease left, it is extended first."""
FEWEST_TO_PARK = 5
"""Where accounts are read by their own tokens, so many must all be limited before the provider is parked."""
WRITTEN_TOGETHER = 10
"""Accounts that are read one by one are written so many at a time: a killed worker loses no more than that."""


def refresh_batch(network: str, token: int, ids: Sequence[int]) -> Counter[str]:
    """Read the claimed accounts and write the results; return counts by result. Rows of a lost claim are left alone."""
    counts: Counter[str] = Counter()
    rows_held: dict[int, SocialNetwork] = {}
    tally, recheck_at, size = storms.Tally(network), timezone.now(), _together(network)
    try:
        for start in range(0, len(ids), size):
            if timezone.now() >= recheck_at:  # at first, and when another worker may have claimed them
                rows_held, recheck_at = _hold(token, ids[start:])
            counts += _refresh(
                network, token, [rows_held[pk] for pk in ids[start : start + size] if pk in rows_held], tally
            )
    finally:
        _write(tally)
    return counts


def _hold(token: int, ids: Sequence[int]) -> tuple[dict[int, SocialNetwork], datetime]:
    """Return the rows that we still have, and until when another part of them may be begun.

    Extends a lease that is too short, so that we do not lose it between two calls.
    """
    leased, now = refreshable().held(token).filter(pk__in=ids), timezone.now()
    selected = leased.select_related("credential").only(*READING_COLUMNS).order_by("pk")
    rows = list(selected.annotate(lease_left=F("lease_until") - shared(now)))
    until = now + min((row.lease_left for row in rows), default=timedelta(0))
    if until < now + LEASE_NEEDED:
        until = now + settings.REFRESH_LEASE
        leased.prolong(now, settings.REFRESH_LEASE)
        rows = list(selected.all())  # others may have claimed some before the leases were extended
    return {row.pk: row for row in rows}, until - LEASE_NEEDED


def _together(network: str) -> int:
    """How many accounts are read before they are written: one call's batch, or single calls that fit the budget."""
    batch_size = adapter_for(network).batch_size
    return batch_size if batch_size > 1 else max(min(WRITTEN_TOGETHER, int(spending.budget_of(network).room)), 1)


def _refresh(network: str, token: int, rows: list[SocialNetwork], tally: storms.Tally) -> Counter[str]:
    results: dict[int, Profile | Outcome] = {}
    subjects = []
    for row in rows:
        subject = subject_of(row)
        if isinstance(subject, Subject):
            subjects.append(subject)
        else:
            results[row.pk] = subject
    results |= _read(network, subjects)
    results = read_again(network, rows, results, _read)
    results = _without_storm(rows, results, tally)
    return keep_all(rows, token, results, timezone.now())


def _without_storm(
    rows: list[SocialNetwork], results: dict[int, Profile | Outcome], tally: storms.Tally
) -> dict[int, Profile | Outcome]:
    """Count the new verdicts; while a provider gives too many of them, believe none, and ask again much later.

    A repeated verdict that was not believed counts again, or a storm would seem over while it goes on. But a verdict
    that is repeated for CONNECT_CONFIRM_ALONE_AFTER is believed, however many accounts it is about.
    """
    ends = {row.pk: row.health for row in rows if isinstance(results[row.pk], CONFIRMS_END)}
    stubborn = {row.pk for row in rows if storms.outlasts(row.unbelieved_at, timezone.now())}
    new = sum(row.pk in ends and row.pk not in stubborn and row.health in ALIVE for row in rows)
    postponed = sum(isinstance(result, Unavailable) for result in results.values())
    read = sum(isinstance(result, Profile) for result in results.values())
    answered = len(results) - postponed  # failures without an answer must not dilute the share of verdicts
    tally.add(calls=answered, ends=new, refreshed=read, postponed=postponed)
    doubted = {pk for pk, health in ends.items() if health not in BROKEN and pk not in stubborn}
    if not doubted:
        return results
    _write(tally)
    if not retried(lambda: storms.is_storm(tally.network, timezone.now())):
        return results
    calm = storms.not_believed()
    return {pk: calm if pk in doubted else result for pk, result in results.items()}


def _write(tally: storms.Tally) -> None:
    counts = tally.emptied()
    retried(lambda: storms.count(tally.network, **counts, now=timezone.now()))


def subject_of(row: SocialNetwork) -> Subject | Outcome:
    """The account's id, and its owner's token where the provider needs one; or the Outcome if there is no token."""
    adapter = adapter_for(row.network)
    if not adapter.needs_token:
        return Subject(row.pk, row.provider_uid or "")
    try:
        token = access_token_of(row.credential)
        return Subject(row.pk, row.provider_uid or "", token, tuple(row.credential.scopes))
    except Credential.DoesNotExist:
        return OurFault("no credential")
    except Outcome as outcome:
        return outcome


def _read(network: str, subjects: list[Subject]) -> dict[int, Profile | Outcome]:
    if not subjects:
        return {}
    adapter, now = adapter_for(network), timezone.now()
    calls, units = adapter.cost(len(subjects))
    try:
        adapter.breaker.check()  # before spending anything on a provider that is not called
        taken_at = spending.take(network, calls=calls, units=units, now=now)
    except Unavailable as refusal:
        return {subject.pk: refusal for subject in subjects}
    results: dict[int, Profile | Outcome]
    try:
        with http.within(PART.total_seconds()):
            results = adapter.read_many(subjects)
    except Outcome as outcome:
        results = {subject.pk: outcome for subject in subjects}
    _refund(network, units - adapter.charged(list(results.values())), taken_at)
    return _parking(network, results, now)


def _refund(network: str, units: int, taken_at: datetime) -> None:
    try:
        spending.refund(network, units, taken_at)
    except DatabaseError:  # do not lose the readings over it
        logger.exception("units could not be given back", network=network)
        http.release_database()


def _parking(network: str, results: dict[int, Profile | Outcome], now: datetime) -> dict[int, Profile | Outcome]:
    """Park a provider that limits our whole app: for as long as it says, or until its quota is back.

    Where accounts are read by their own tokens, a few limited accounts do not mean that the app is.
    """
    outcomes = list(results.values())
    adapter = adapter_for(network)
    if adapter.needs_token and adapter.batch_size == 1 and len(outcomes) < FEWEST_TO_PARK:
        return results
    if all(isinstance(outcome, OutOfCredit) for outcome in outcomes):
        spending.park(network, max(quota_returns(network, outcome, now) for outcome in outcomes), now)
    elif all(isinstance(outcome, RateLimited) for outcome in outcomes):
        wait = max(outcome.retry_after or PARKED for outcome in outcomes if isinstance(outcome, RateLimited))
        spending.park(network, now + timedelta(seconds=wait), now)
    return results
