"""The audit trail of one record, as staff read it."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from connect.models import SocialResource

SHOWN = {
    "status": "status",
    "health": "health",
    "verified": "verified",
    "verification_level": "proof",
    "external_id": "id",
    "user_id": "user",
    "flags": "flags",
}
LABELS = {"insert": "made", "update": "changed", "delete": "deleted"}
"""What the trigger calls a change of which nobody said what it was."""
MOST = 100


def audit_trail(resource: SocialResource) -> SafeString:
    return render_to_string("connect/audit_trail.html", {"entries": entries(resource)})


def entries(resource: Any) -> list[dict[str, Any]]:
    """Return the last 100 changes, newest first: who made each, when, why and in which request."""
    events = list(resource.events.select_related("pgh_context").order_by("-pgh_id")[: MOST + 1])
    before = [*events[1:], None]
    return [_entry(event, earlier) for event, earlier in zip(events, before, strict=True)][:MOST]


def _entry(event: Any, earlier: Any) -> dict[str, Any]:
    context = event.pgh_context.metadata if event.pgh_context else {}
    changes = {
        label: (_shown(getattr(earlier, name, None)), _shown(getattr(event, name)))
        for name, label in SHOWN.items()
        if getattr(earlier, name, None) != getattr(event, name) and (earlier or getattr(event, name))
    }
    return {
        "when": event.pgh_created_at,
        "what": context.get("action", LABELS.get(event.pgh_label, event.pgh_label)).replace("_", " "),
        "who": context.get("by", "system"),
        "why": context.get("reason", ""),
        "request": context.get("request", ""),
        "changes": changes,
    }


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else value
