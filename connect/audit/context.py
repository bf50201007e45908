"""Tells the triggers of the audit trail who makes a change and why."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pghistory
from pghistory import runtime

if TYPE_CHECKING:
    from connect.models import User

TRACKED = [
    "user", "network", "external_id", "provider_uid", "status", "status_reason",
    "verified", "verification_level", "health", "flags",
]  # fmt: skip


@contextmanager
def audited(*, action: str, by: "User | None", reason: str = "", via: str = "") -> Iterator[None]:
    """Attach action, actor and reason to every tracked change inside the block; `by` None is `via`, or the system.

    In pghistory a nested context changes the outer one too. Here each block has a context of its own, so that what the
    owner began is not ascribed to the system that decided inside of it; all keep the request's id.
    """
    metadata = {
        "action": action,
        "user": by.pk if by else None,
        "by": str(by) if by else via or "system",
        "reason": reason,
    }
    with pghistory.context() as outer:
        runtime._tracker.value = pghistory.runtime.Context(id=uuid.uuid4(), metadata={**outer.metadata, **metadata})
        try:
            yield
        finally:
            runtime._tracker.value = outer


def tracked(model: type[Any]) -> type[Any]:
    """Class decorator: a trigger writes an audit row for every insert, delete and change of a tracked field."""
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(condition=pghistory.AnyChange(*TRACKED)),
        pghistory.DeleteEvent(),
        fields=TRACKED,
        obj_field=pghistory.ObjForeignKey(related_name="events"),
        model_name=f"{model.__name__}Event",
    )(model)
