"""Who did it and why, told to the triggers that keep the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pghistory

if TYPE_CHECKING:
    from connect.models import User

TRACKED = [
    "user", "network", "external_id", "provider_uid", "status", "status_reason",
    "verified", "verification_level", "health", "flags",
]  # fmt: skip


@contextmanager
def audited(*, action: str, by: "User | None", reason: str = "") -> Iterator[None]:
    """Attach action, actor and reason to every tracked change inside the block; `by` None is the system."""
    with pghistory.context(action=action, user=by.pk if by else None, by=str(by) if by else "system", reason=reason):
        yield


def tracked(model: type[Any]) -> type[Any]:
    """Class decorator: keep an event row for every insert, delete and change of a tracked field, by trigger."""
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(condition=pghistory.AnyChange(*TRACKED)),
        pghistory.DeleteEvent(),
        fields=TRACKED,
        obj_field=pghistory.ObjForeignKey(related_name="events"),
        model_name=f"{model.__name__}Event",
    )(model)
