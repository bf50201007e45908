"""Undoing one's own decision within some seconds: records that it changed get their former columns back.

Those columns are stored for these seconds only. A record that changed since stays as it is.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from connect.audit.context import audited
from connect.database.advisory_locks import lock_suspensions
from connect.desk.models import Decision
from connect.moderation.decisions import SIDE_EFFECTS
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
    ticket = secrets.token_urlsafe(16)
    stored = {"record": name_of(resource), "by": by.pk, "decision": decision, "changed": changed, "at": timezone.now()}
    cache.set(_key(ticket), stored, (UNDO_FOR + GRACE).total_seconds())
    return ticket


def undo(ticket: str, *, by: Any, now: datetime) -> Any:
    """Undo that decision and return its record; None if it is too late, or the decision was somebody else's.

    Raises InvalidTransition if the record changed since.
    """
    stored = cache.get(_key(ticket))
    if stored is None or stored["by"] != by.pk or now - stored["at"] > UNDO_FOR + GRACE:
        return None
    resource = find(stored["record"])
    if resource is not None:
        _restore(resource, stored, by)
        cache.delete(_key(ticket))
        resource.refresh_from_db()
    return resource


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
