"""The status workflow as one table of transitions; decisions.py carries them out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from connect.errors import ApiError
from connect.moderation.flags import Flag, without_flag


class Status(models.TextChoices):
    """The decision about a record, or that it waits for one."""

    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    SUSPENDED = "suspended", "Suspended"
    DISCONNECTED = "disconnected", "Disconnected"


class Health(models.TextChoices):
    """The state of the credential; never mixed with the status."""

    NONE = "none", "No credential"
    HEALTHY = "healthy", "Healthy"
    EXPIRING = "expiring", "Expiring"
    SUSPECT = "suspect", "Suspect"
    REAUTH_REQUIRED = "reauth_required", "Sign-in needed"
    REVOKED = "revoked", "Revoked"


class HealthCause(models.TextChoices):
    """What a provider said is dead: only an answer about the same thing can show that it works again."""

    ACCOUNT = "account", "The account"
    CREDENTIAL = "credential", "The credential"


class Level(models.TextChoices):
    """How strong the proof of ownership is, weakest first."""

    NONE = "none", "Claim"
    USER = "user", "Opens the account"
    APP = "app", "Minted for our app"

    def reaches(self, level: str) -> bool:
        order = list(Level)
        return order.index(self) >= order.index(Level(level))

    def stronger(self, level: str) -> "Level":
        return self if self.reaches(level) else Level(level)


INHERITED = "This account is suspended"
"""The reason of an inherited suspension, and of no other."""
LIVE = (Status.PENDING, Status.ACCEPTED, Status.SUSPENDED)
"""These count towards a creator's limit of networks."""
REFRESHED = (Status.PENDING, Status.ACCEPTED, Status.REJECTED)
"""Proven records with these statuses are read regularly."""


@dataclass(frozen=True)
class Transition:
    sources: tuple[Status, ...]
    target: Status | F
    needs_reason: bool = False
    needs_appeal: bool = False
    needs_flags: bool = False
    keeps_reason: bool = False
    """Whether reason and appeal stay as they are: connecting and disconnecting decide nothing."""
    also: dict[str, Any] = field(default_factory=dict)
    """Further columns: a decision clears the flags and the appeal that led to it, and may be appealed itself."""


ANSWERED: dict[str, Any] = {"flags": [], "flagged_at": None}
NEW_DECISION = {"appeal": "", "appealed_at": None, "flags": without_flag(Flag.APPEALED)}
TRANSITIONS = {
    "resubmit": Transition(
        (Status.PENDING, Status.REJECTED, Status.DISCONNECTED),
        Status.PENDING,
        also={"flags": without_flag(Flag.APPEALED)},
    ),
    "accept": Transition((Status.PENDING, Status.REJECTED), Status.ACCEPTED, also=ANSWERED),
    "keep": Transition((Status.ACCEPTED,), Status.ACCEPTED, needs_flags=True, also=ANSWERED),
    "accept_automatically": Transition((Status.PENDING,), Status.ACCEPTED),
    "reject": Transition((Status.PENDING, Status.ACCEPTED), Status.REJECTED, needs_reason=True, also=NEW_DECISION),
    "suspend": Transition(
        (Status.PENDING, Status.ACCEPTED),
        Status.SUSPENDED,
        needs_reason=True,
        also={**NEW_DECISION, "suspended_at": Now()},
    ),
    "reinstate": Transition((Status.SUSPENDED,), Status.ACCEPTED, also=ANSWERED),
    "uphold": Transition(
        (Status.REJECTED, Status.SUSPENDED),
        F("status"),
        needs_reason=True,
        needs_appeal=True,
        also={"flags": without_flag(Flag.APPEALED)},
    ),
    "disconnect": Transition(
        (Status.PENDING, Status.ACCEPTED, Status.REJECTED, Status.SUSPENDED), Status.DISCONNECTED, keeps_reason=True
    ),
    "reconnect": Transition((Status.DISCONNECTED,), F("disconnected_from"), keeps_reason=True),
    "release": Transition((Status.SUSPENDED,), Status.PENDING, also={**NEW_DECISION, "suspended_at": None}),
    "review_again": Transition((Status.ACCEPTED, Status.PENDING), Status.PENDING),
}
APPEALABLE = (Status.REJECTED, Status.SUSPENDED)
STAFF_DECISIONS = ("accept", "keep", "reject", "suspend", "reinstate", "uphold")


def is_reason(text: str, *, of_staff: bool) -> bool:
    """Whether the text is a reason; the system's reason for inherited suspensions is not one that staff may give."""
    return bool(text.strip()) and not (of_staff and text.strip() == INHERITED)


def check_reason(name: str, reason: str, *, of_staff: bool) -> None:
    """Raise ReasonMissing if that decision needs one."""
    if TRANSITIONS[name].needs_reason and not is_reason(reason, of_staff=of_staff):
        raise ReasonMissing


def unseen(asked_at: datetime) -> Q:
    """Whether the record was flagged after a person saw it: that flag is not part of their decision."""
    return Q(flagged_at__gt=asked_at)


def columns_of(name: str, *, reason: str, share: bool, now: datetime) -> dict[str, Any]:
    """The columns that a transition writes."""
    if TRANSITIONS[name].keeps_reason:
        ruled = Q(status__in=APPEALABLE) | Q(disconnected_from__in=APPEALABLE)
        why = Case(When(ruled, then=F("status_reason")), default=Value(reason))
        target = TRANSITIONS[name].target
        return {"status": target, "status_reason": why, "status_changed_at": now, "last_updated": now}
    decision = {"status_reason": reason, "reason_shared": share, "status_changed_at": now, "last_updated": now}
    return {"status": TRANSITIONS[name].target, **decision, "appeal_open": False, **TRANSITIONS[name].also}


class InvalidTransition(ApiError):
    status_code = 409
    code = "invalid_transition"
    message = "This is disconnected: it cannot be changed by disconnect"
    remedy = "Fetch the record again: it is not in the state that the call needs, or was changed meanwhile."

    def __init__(self, name: str, status: str, *, moved: bool = False) -> None:
        why = "it was changed meanwhile" if moved else f"it cannot be changed by {name.replace('_', ' ')}"
        super().__init__(f"This is {status}: {why}")


class AppealedAlready(ApiError):
    status_code = 409
    code = "invalid_transition"
    message = "This decision was appealed against already"


class ReasonMissing(ApiError):
    message = "A reason is needed"

    def __init__(self) -> None:
        super().__init__(field="reason")
