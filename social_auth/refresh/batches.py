"""Reading what was claimed: in the provider's batches or one by one, within its budget, and never twice at once."""

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
"""Seconds for which a provider is left alone that limits us without saying for how long."""
LOOKED_AT = [
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
    *(f"credential__{name}" for name in ("access_cipher", "refresh_cipher", "key_id", "version", "provider")),
]
"""What an ordinary reading looks at, of more than fifty columns. Others are fetched where they are needed."""
PART = timedelta(seconds=30)
"""What the calls of a part take at most; who would not be done by then is asked in another one."""
NEEDED = PART + timedelta(seconds=5)
"""With less of the lease left than calls and writing take, it is renewed before a part is begun."""
SOME = 5
"""Accounts of which all being limited says something of the others, where each is read by its own token."""
TOGETHER = 10
"""Accounts read one by one are written so many at a time: what a killed worker did not write is asked for again."""


def refresh_batch(network: str, token: int, ids: Sequence[int]) -> Counter[str]:
    """Read and write what was claimed; count what came of it. Rows that the token no longer holds are left alone."""
    counts: Counter[str] = Counter()
    held: dict[int, SocialNetwork] = {}
    tally, look_again, size = storms.Tally(network), timezone.now(), _together(network)
    try:
        for start in range(0, len(ids), size):
            if timezone.now() >= look_again:  # at first, and when the lease may have passed to somebody else
                held, look_again = _hold(token, ids[start:])
            counts += _refresh(network, token, [held[pk] for pk in ids[start : start + size] if pk in held], tally)
    finally:
        _write(tally)
    return counts


def _hold(token: int, ids: Sequence[int]) -> tuple[dict[int, SocialNetwork], datetime]:
    """Return the rows that are still ours, and until when a part of them may be begun.

    With too little left their lease runs anew: who is at work must not lose it between two calls.
    """
    ours, now = refreshable().held(token).filter(pk__in=ids), timezone.now()
    told = ours.select_related("credential").only(*LOOKED_AT).order_by("pk")
    rows = list(told.annotate(lease_left=F("lease_until") - shared(now)))
    until = now + min((row.lease_left for row in rows), default=timedelta(0))
    if until < now + NEEDED:
        until = now + settings.REFRESH_LEASE
        ours.prolong(now, settings.REFRESH_LEASE)
        rows = list(told.all())  # somebody else may have claimed them before that
    return {row.pk: row for row in rows}, until - NEEDED


def _together(network: str) -> int:
    """How many accounts are read and then written: a call's worth, or some calls that the budget has room for."""
    batch_size = adapter_for(network).batch_size
    return batch_size if batch_size > 1 else max(min(TOGETHER, int(spending.budget_of(network).room)), 1)


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
    """Count the new verdicts; while a provider gives too many of them, take none for true, and ask again much later.

    A verdict that was not believed counts again when it is said again, else a storm would seem over while it goes on;
    but not for ever: what is said for CONNECT_CONFIRM_ALONE_AFTER is believed, however many it is said of.
    """
    ends = {row.pk: row.health for row in rows if isinstance(results[row.pk], CONFIRMS_END)}
    stubborn = {row.pk for row in rows if storms.outlasts(row.unbelieved_at, timezone.now())}
    new = sum(row.pk in ends and row.pk not in stubborn and row.health in ALIVE for row in rows)
    postponed = sum(isinstance(result, Unavailable) for result in results.values())
    read = sum(isinstance(result, Profile) for result in results.values())
    answered = len(results) - postponed  # what was no answer must not hide how many were called dead
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
    """What a provider is asked about the account with: its id, and its owner's token where that is needed."""
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
        adapter.breaker.check()  # before anything is spent on a provider that is left alone
        taken = spending.take(network, calls=calls, units=units, now=now)
    except Unavailable as refusal:
        return {subject.pk: refusal for subject in subjects}
    results: dict[int, Profile | Outcome]
    try:
        with http.within(PART.total_seconds()):
            results = adapter.read_many(subjects)
    except Outcome as outcome:
        results = {subject.pk: outcome for subject in subjects}
    _refund(network, units - adapter.charged(list(results.values())), taken)
    return _parking(network, results, now)


def _refund(network: str, units: int, taken: datetime) -> None:
    try:
        spending.refund(network, units, taken)
    except DatabaseError:  # the readings are worth more
        logger.exception("units could not be given back", network=network)
        http.release_database()


def _parking(network: str, results: dict[int, Profile | Outcome], now: datetime) -> dict[int, Profile | Outcome]:
    """Leave a provider alone that limits us as a whole: for as long as it says, or until its quota is back.

    Where accounts are read by their own tokens, a few of them say nothing of the others.
    """
    told = list(results.values())
    adapter = adapter_for(network)
    if adapter.needs_token and adapter.batch_size == 1 and len(told) < SOME:
        return results
    if all(isinstance(one, OutOfCredit) for one in told):
        spending.park(network, max(quota_returns(network, one, now) for one in told), now)
    elif all(isinstance(one, RateLimited) for one in told):
        wait = max(one.retry_after or PARKED for one in told if isinstance(one, RateLimited))
        spending.park(network, now + timedelta(seconds=wait), now)
    return results
