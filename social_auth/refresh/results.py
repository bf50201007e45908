"""Writes the results of readings while the lease holds: ordinary ones in one statement, the others row by row."""

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from connect.audit.context import audited
from connect.database.json_columns import merged
from connect.database.retries import retried
from connect.due_work.leases import back_off
from connect.history import FollowerReading
from connect.models import SocialResourceQuerySet
from connect.moderation.flags import Flag, jumped
from connect.moderation.locks import lock_account, lock_user
from connect.moderation.quality import READ, CountSource
from connect.moderation.workflow import Health, HealthCause
from networks.models import SocialNetwork
from social_auth.assets.proofs import keep_numbers
from social_auth.budgets.cadence import daily_change, next_refresh
from social_auth.connections.proofs import flag_rivals
from social_auth.connections.public_ids import make_room
from social_auth.credentials.health import after_end
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Profile
from social_auth.refresh.bulk_results import keep_ordinary
from social_auth.refresh.planning import refreshable
from social_auth.wire.outcomes import (
    CalledDeadWithMany,
    Doubtful,
    Gone,
    HeldBack,
    Locked,
    MissingScope,
    NotConnectable,
    Outcome,
    OutOfCredit,
    TokenDead,
    Unavailable,
    WrongUser,
)

logger = structlog.get_logger(__name__)
CONFIRMS_END = (TokenDead, Gone, Locked, WrongUser, MissingScope, NotConnectable)
"""Outcomes that must be repeated before a connection counts as broken: only its owner can repair it."""
OF_CREDENTIAL = (TokenDead, MissingScope)
LONGEST_WAIT = timedelta(hours=1)
"""Between two attempts while a provider is down, so that numbers are fresh soon after."""


def keep_all(
    rows: list[SocialNetwork], token: int, results: dict[int, Profile | Outcome], now: datetime
) -> Counter[str]:
    """Write every row's result; return counts by result."""
    ordinary = {
        row: result for row in rows if isinstance(result := results[row.pk], Profile) and _is_ordinary(row, result)
    }
    written = _keep_ordinary(ordinary, token, now)
    words = Counter(_keep_safely(row, token, results[row.pk]) for row in rows if row.pk not in written)
    return words + Counter(refreshed=len(written))


def _is_ordinary(row: SocialNetwork, profile: Profile) -> bool:
    """Whether a reading brings only new numbers and texts: no other public id, nothing to heal, no flag to raise."""
    same = profile.external_id == row.external_id and not _jumped(row, profile)
    return same and _is_well(row)


def _is_well(row: SocialNetwork) -> bool:
    """Whether a good reading leaves its health as it is. A warning whose end passed is over once it can be read."""
    return row.health == Health.HEALTHY or (row.health == Health.EXPIRING and row.expires_at is not None)


def _jumped(row: SocialNetwork, profile: Profile) -> bool:
    return row.followers_source in READ and jumped(row.followers, profile.followers)


def _keep_ordinary(readings: dict[SocialNetwork, Profile], token: int, now: datetime) -> set[int]:
    """Write ordinary readings in one statement; rows that it skips or fails on are written one by one later."""
    again = {row.pk: _next_reading(row, profile, now) for row, profile in readings.items()}
    try:
        return retried(lambda: keep_ordinary(readings, again, token, now)) if readings else set()
    except DatabaseError:
        logger.exception("readings could not be written together", networks=len(readings))
        return set()


def _next_reading(row: SocialNetwork, profile: Profile, now: datetime) -> datetime:
    return next_refresh(row.network, now, count=profile.followers, change=_change(row, profile, now))


def quota_returns(network: str, outcome: Any, now: datetime) -> datetime:
    """When there is quota or credit again: when the provider says, or at the end of its day."""
    if outcome.retry_after:
        return now + timedelta(seconds=outcome.retry_after)
    return adapter_for(network).quota_returns(now)


def _keep_safely(row: SocialNetwork, token: int, result: Profile | Outcome) -> str:
    """Write one result; a row on which the database fails (a deadlock, for one) does not stop its batch."""
    try:
        return retried(lambda: _keep(row, token, result, timezone.now()))
    except DatabaseError:
        logger.exception("a reading could not be written", network_id=row.pk)
        return "postponed"  # its lease runs out, and it is read again


def _keep(row: SocialNetwork, token: int, result: Profile | Outcome, now: datetime) -> str:
    """Write one result if the lease still holds; return the word under which it is counted."""
    if isinstance(result, Profile):
        return "refreshed" if _keep_profile(row, token, result, now) else "overtaken"
    if isinstance(result, CONFIRMS_END):
        if _has_new_credential(row):  # the verdict is about the old one
            return "postponed" if _postpone(row, token, now) else "overtaken"
        return "broken" if _keep_end(row, token, result, now) else "overtaken"
    if isinstance(
        result, HeldBack
    ):  # the provider was not called: the row keeps its place, and its owner may still ask for a refresh
        written = _row(row).hold_back(token, row.next_refresh_at or now, claimed_at=row.read_at)
        return "postponed" if written else "overtaken"
    written = _postpone(row, token, _next_attempt(row, result, now), **_doubts(row, result, now))
    return "postponed" if written else "overtaken"


def _doubts(row: SocialNetwork, result: Outcome, now: datetime) -> dict[str, datetime]:
    """Since when the provider has given a verdict that is not believed; reset by a reading or a reconnect."""
    if isinstance(result, Doubtful):
        return {"doubted_at": row.doubted_at or now}
    if isinstance(result, CalledDeadWithMany):
        return {"unbelieved_at": row.unbelieved_at or now}
    return {}


@transaction.atomic
def _keep_profile(row: SocialNetwork, token: int, profile: Profile, now: datetime) -> bool:
    if profile.external_id != row.external_id:
        lock_user(row.user_id)  # another record may have to be renamed; lock the user first, as everywhere
        lock_account(SocialNetwork, row.network, profile.keys(row.network))
    still_held = refreshable().held(token).filter(pk=row.pk).select_for_update(no_key=True)
    if not still_held.exists():
        return False  # before any other record of the creator is changed
    with audited(action="refresh", by=None):
        if profile.external_id != row.external_id:
            make_room(row, profile)
        written = _row(row).finish(
            token,
            _next_reading(row, profile, now),
            **profile.count_columns(now),
            **profile.name_columns(row),
            read_at=now,
            doubted_at=None,
            unbelieved_at=None,
            external_id=profile.external_id,
            extra_data=merged("extra_data", profile.extra),
            **_healed(row, now),
            last_updated=now,
        )
    if written:
        FollowerReading.objects.record({row: (profile.followers, profile.provenance)}, as_of=now)
        keep_numbers({row: profile}, now)
        _tell_staff(row, profile)
    return written


def _tell_staff(row: SocialNetwork, profile: Profile) -> None:
    if _jumped(row, profile):
        row.raise_flag(Flag.COUNT_JUMPED, was=row.followers, found=profile.followers)
    if profile.external_id != row.external_id:
        row.raise_flag(Flag.RENAMED, was=row.external_id, found=profile.external_id)
        flag_rivals(row, profile, url=profile.url)


def _change(row: SocialNetwork, profile: Profile, now: datetime) -> float | None:
    old_count = row.followers if row.followers_source in (profile.provenance, CountSource.ROUNDED) else None
    return daily_change(old_count, profile.followers, now - row.followers_as_of) if row.followers_as_of else None


def _healed(row: SocialNetwork, now: datetime) -> dict[str, Any]:
    """A reading by the owner's token heals everything; one by our own keys does not heal a dead credential."""
    by_token = adapter_for(row.network).needs_token
    if _is_well(row):
        return {}
    if not by_token and row.health_cause == HealthCause.CREDENTIAL and getattr(row, "credential", None):
        return {}
    return {"health": Health.HEALTHY, "health_since": now, "health_cause": ""}


def _has_new_credential(row: SocialNetwork) -> bool:
    """Whether the credential was renewed or replaced since the reading used it."""
    used = getattr(row, "credential", None) if adapter_for(row.network).needs_token else None
    return used is not None and not Credential.objects.filter(pk=row.pk, version=used.version).exists()


def _keep_end(row: SocialNetwork, token: int, outcome: Outcome, now: datetime) -> bool:
    cause = HealthCause.CREDENTIAL if isinstance(outcome, OF_CREDENTIAL) else HealthCause.ACCOUNT
    changes, again = after_end(row, now, cause)
    with audited(action="refresh", by=None, reason=outcome.detail):
        touched = {"last_updated": now} if changes else {}
        return _row(row).finish(token, again or next_refresh(row.network, now), **touched, **changes)


def _next_attempt(row: SocialNetwork, outcome: Outcome, now: datetime) -> datetime:
    """Soon after an outage, when a quota returns, and an interval later if only the owner can repair it."""
    if isinstance(outcome, OutOfCredit):
        return quota_returns(row.network, outcome, now) + timedelta(seconds=random.uniform(0, 1800))
    if not isinstance(outcome, Unavailable):
        return next_refresh(row.network, now)
    if outcome.retry_after:
        return now + timedelta(seconds=outcome.retry_after * random.uniform(1.0, 1.2))
    return now + back_off(row.failures, first=timedelta(seconds=settings.REFRESH_RETRY), most=LONGEST_WAIT)


def _postpone(row: SocialNetwork, token: int, again: datetime, **changes: datetime) -> bool:
    return _row(row).postpone(token, again, **changes)


def _row(row: SocialNetwork) -> SocialResourceQuerySet:
    """The row, unless its status has changed so that it is not refreshed any more."""
    return refreshable().filter(pk=row.pk)
