"""Taking back one's own decision within some seconds: the record is again what it was, and nothing was decided.

What it was is kept for those seconds only. A record that changed since is left alone, as are those that were suspended,
or put back before staff, together with it.
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
from connect.moderation.decisions import FOLLOWED
from connect.moderation.kinds import find, name_of
from connect.moderation.workflow import InvalidTransition

UNDO_FOR = timedelta(seconds=10)
TRAVEL = timedelta(seconds=3)
"""For how much longer it is taken: the page counts from when it was shown."""
COLUMNS = (
    "status", "status_reason", "status_changed_at", "reason_shared", "disconnected_from", "appeal", "appealed_at",
    "appeal_open", "flags", "flagged_at", "suspended_at",
)  # fmt: skip
"""Whatever a decision may write."""


@transaction.atomic
def decide_undoably(resource: Any, decision: str, *, by: Any, **how: Any) -> str:
    """Decide, and return the ticket by which that person may take it back; raises as `transition` does."""
    if decision in FOLLOWED:
        lock_suspensions()  # before we look: what somebody else suspends meanwhile is not ours to take back
    before = _states(resource, decision)
    resource.transition(decision, by=by, **how)
    after = _states(resource, decision)
    changed = [(pk, before[pk], state) for pk, state in after.items() if pk in before and before[pk] != state]
    ticket = secrets.token_urlsafe(16)
    kept = {"record": name_of(resource), "by": by.pk, "decision": decision, "changed": changed, "at": timezone.now()}
    cache.set(_key(ticket), kept, (UNDO_FOR + TRAVEL).total_seconds())
    return ticket


def undo(ticket: str, *, by: Any, now: datetime) -> Any:
    """Take that decision back and return its record; None if that is too late, or was somebody else's decision.

    Raises InvalidTransition if the record changed since.
    """
    kept = cache.get(_key(ticket))
    if kept is None or kept["by"] != by.pk or now - kept["at"] > UNDO_FOR + TRAVEL:
        return None
    resource = find(kept["record"])
    if resource is not None:
        _restore(resource, kept, by)
        cache.delete(_key(ticket))
        resource.refresh_from_db()
    return resource


@transaction.atomic
def _restore(resource: Any, kept: dict[str, Any], by: Any) -> None:
    if kept["decision"] in FOLLOWED:
        lock_suspensions()
    own = next(state for pk, _, state in kept["changed"] if pk == resource.pk)
    with audited(action="undo", by=by, reason=f"Taken back: {kept['decision']}"):
        restored = [pk for pk, before, after in kept["changed"] if _put_back(resource, pk, before, after)]
    if resource.pk not in restored:
        raise InvalidTransition("undo", resource.status, moved=True)
    Decision.objects.forget(resource, kept["decision"], by=by, at=own["status_changed_at"])


def _put_back(resource: Any, pk: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Make a record what it was, if it still is what the decision made it."""
    rows = type(resource)._default_manager.filter(pk=pk, **after)
    return bool(rows.update(**before, last_updated=timezone.now()))


def _states(resource: Any, decision: str) -> dict[int, dict[str, Any]]:
    """The columns of the record, and of all others of its account if the decision may have changed them, locked."""
    rows = type(resource)._default_manager.filter(pk=resource.pk)
    if decision in FOLLOWED:
        rows |= type(resource)._default_manager.named_like(resource)
    locked = rows.order_by("pk").select_for_update(no_key=True)
    return {row.pop("pk"): row for row in locked.values("pk", *COLUMNS)}


def _key(ticket: str) -> str:
    return f"undo:{sha256(ticket.encode()).hexdigest()}"
