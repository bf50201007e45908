"""Undoing one's own decision within some seconds: records that it changed get their former columns back.

Those columns are stored for these seconds only. A record that changed since stays as it is.
"""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connect.audit.context import audited
from connect.database.advisory_locks import lock_suspensions
from connect.desk.models import Decision
from connect.moderation.decisions import MOVED, SIDE_EFFECTS, DecisionCounts
from connect.moderation.kinds import find, name_of
from connect.moderation.workflow import InvalidTransition

UNDO_FOR = timedelta(seconds=10)
GRACE = timedelta(seconds=3)
"""Added to UNDO_FOR on the server: the page starts to count when it is shown."""
COLUMNS = (
    "status", "status_reason", "status_changed_at", "reason_shared", "disconnected_from", "appeal", "appealed_at",
    "appeal_open", "flags", "flagged_at", "suspended_at",
)  # fmt: skip
"""The columns that a decision may write."""


@transaction.atomic
def decide_undoably(resource: Any, decision: str, *, by: Any, **how: Any) -> str:
    """Decide, and return a ticket with which that person may undo it; raises as `transition` does."""
    if decision in SIDE_EFFECTS:
        lock_suspensions()  # before reading the states: records that somebody else suspends meanwhile are not ours
    before = _states(resource, decision)
    resource.transition(decision, by=by, **how)
    after = _states(resource, decision)
    changed = [(pk, before[pk], state) for pk, state in after.items() if pk in before and before[pk] != state]
    return _ticket({"record": name_of(resource), "by": by.pk, "decision": decision, "changed": changed})


def decide_on_few(rows: Any, decision: str, *, by: Any, asked_at: datetime, **how: Any) -> tuple[DecisionCounts, str]:
    """Decide on some records, each in a transaction of its own; return the counts and one ticket for all."""
    counts, tickets = DecisionCounts(), []
    since = Q(status_changed_at__lte=asked_at)
    for row in rows:
        try:
            tickets.append(decide_undoably(row, decision, by=by, asked_at=asked_at, where=since, **how))
        except InvalidTransition as error:
            counts.skipped[MOVED if row.status_changed_at > asked_at else error.message] += 1
    counts.changed = len(tickets)
    return counts, _ticket({"tickets": tickets, "by": by.pk})


def undo(ticket: str, *, by: Any, now: datetime) -> list[Any]:
    """Undo what that ticket is for and return the records; none if it is too late, or was decided by somebody else.

    Raises InvalidTransition if the record changed since; of several, those that changed are left.
    """
    stored = cache.get(_key(ticket))
    if stored is None or stored["by"] != by.pk or now - stored["at"] > UNDO_FOR + GRACE:
        return []
    if "tickets" in stored:
        return _undo_each(stored["tickets"], by, now)
    resource = find(stored["record"])
    if resource is None:
        return []
    _restore(resource, stored, by)
    cache.delete(_key(ticket))
    resource.refresh_from_db()
    return [resource]


def _undo_each(tickets: list[str], by: Any, now: datetime) -> list[Any]:
    restored: list[Any] = []
    for ticket in tickets:
        with suppress(InvalidTransition):
            restored += undo(ticket, by=by, now=now)
    return restored


def _ticket(stored: dict[str, Any]) -> str:
    """Store it for as long as it can be undone."""
    ticket = secrets.token_urlsafe(16)
    cache.set(_key(ticket), {**stored, "at": timezone.now()}, (UNDO_FOR + GRACE).total_seconds())
    return ticket


@transaction.atomic
def _restore(resource: Any, stored: dict[str, Any], by: Any) -> None:
    if stored["decision"] in SIDE_EFFECTS:
        lock_suspensions()
    own = next(state for pk, _, state in stored["changed"] if pk == resource.pk)
    with audited(action="undo", by=by, reason=f"Taken back: {stored['decision']}"):
        restored = [pk for pk, before, after in stored["changed"] if _put_back(resource, pk, before, after)]
    if resource.pk not in restored:
        raise InvalidTransition("undo", resource.status, moved=True)
    Decision.objects.forget(resource, stored["decision"], by=by, at=own["status_changed_at"])


def _put_back(resource: Any, pk: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Restore a record's columns if they are still as the decision left them; return whether it did."""
    rows = type(resource)._default_manager.filter(pk=pk, **after)
    return bool(rows.update(**before, last_updated=timezone.now()))


def _states(resource: Any, decision: str) -> dict[int, dict[str, Any]]:
    """Lock the record, and the others of its account if the decision may change them; return their columns."""
    rows = type(resource)._default_manager.filter(pk=resource.pk)
    if decision in SIDE_EFFECTS:
        rows |= type(resource)._default_manager.named_like(resource)
    locked = rows.order_by("pk").select_for_update(no_key=True)
    return {row.pop("pk"): row for row in locked.values("pk", *COLUMNS)}


def _key(ticket: str) -> str:
    return f"undo:{sha256(ticket.encode()).hexdigest()}"
