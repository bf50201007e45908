"""The status workflow: one table, and every change of status one conditional UPDATE that either happened or did not."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from connect.audit import audited
from connect.errors import ApiError
from connect.signals import resource_disconnected

if TYPE_CHECKING:
    from connect.models import User


class Status(models.TextChoices):
    """What staff decided."""

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
    """What a provider called dead: only good news of the same kind heals it."""

    ACCOUNT = "account", "The account"
    CREDENTIAL = "credential", "The credential"


class Level(models.TextChoices):
    """How strong the proof of ownership is, weakest first."""

    NONE = "none", "Claim"
    USER = "user", "Opens the account"
    APP = "app", "Minted for our app"

    def reaches(self, other: str) -> bool:
        order = list(Level)
        return order.index(self) >= order.index(Level(other))

    def stronger(self, other: str) -> "Level":
        return self if self.reaches(other) else Level(other)


LIVE = (Status.PENDING, Status.ACCEPTED, Status.SUSPENDED)
"""What counts for the limit of networks."""


@dataclass(frozen=True)
class Transition:
    sources: tuple[Status, ...]
    target: Status | F
    needs_reason: bool = False


TRANSITIONS = {
    "resubmit": Transition((Status.PENDING, Status.REJECTED, Status.DISCONNECTED), Status.PENDING),
    "accept": Transition((Status.PENDING, Status.REJECTED), Status.ACCEPTED),
    "accept_automatically": Transition((Status.PENDING,), Status.ACCEPTED),
    "reject": Transition((Status.PENDING, Status.ACCEPTED), Status.REJECTED, needs_reason=True),
    "suspend": Transition((Status.PENDING, Status.ACCEPTED), Status.SUSPENDED, needs_reason=True),
    "reinstate": Transition((Status.SUSPENDED,), Status.ACCEPTED),
    "disconnect": Transition((Status.PENDING, Status.ACCEPTED, Status.REJECTED, Status.SUSPENDED), Status.DISCONNECTED),
    "reconnect": Transition((Status.DISCONNECTED,), F("disconnected_from")),
    "review_again": Transition((Status.ACCEPTED, Status.PENDING), Status.PENDING),
}
STAFF_DECISIONS = ("accept", "reject", "suspend", "reinstate")


class InvalidTransition(ApiError):
    status_code = 409
    code = "invalid_transition"

    def __init__(self, name: str, status: str, *, moved: bool = False) -> None:
        why = "it was changed meanwhile" if moved else f"it cannot be changed by {name.replace('_', ' ')}"
        super().__init__(f"This is {status}: {why}")


class ReasonMissing(ApiError):
    message = "A reason is needed"

    def __init__(self) -> None:
        super().__init__(field="reason")


class WorkflowMixin(models.Model):
    """Status and its transitions. Nothing else may write `status`."""

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    status_reason = models.CharField(max_length=500, blank=True)
    status_changed_at = models.DateTimeField(default=timezone.now)
    disconnected_from = models.CharField(max_length=12, blank=True, choices=Status.choices)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        abstract = True

    @property
    def is_suspended(self) -> bool:
        """Suspended now, or when it was disconnected."""
        return Status.SUSPENDED in (self.status, self.disconnected_from if self.status == Status.DISCONNECTED else "")

    def transition(
        self,
        name: str,
        /,
        *,
        by: "User | None",
        reason: str = "",
        seen: str = "",
        seen_at: datetime | None = None,
        **changes: Any,
    ) -> None:
        """Change the status as the table allows, and with it `changes`; raises InvalidTransition, ReasonMissing.

        The row may have moved on since it was read: only the database's status counts. `seen` is the status that
        somebody had before their eyes when they decided, `seen_at` since when it was that: another one, or the same
        after a newer decision, is refused, whatever the table allows.
        """
        rule = TRANSITIONS[name]
        if rule.needs_reason and not reason.strip():
            raise ReasonMissing
        now = timezone.now()
        with audited(action=name, by=by, reason=reason):
            sources = [status for status in rule.sources if seen in ("", status)]
            rows = self._rows().filter(status__in=sources)
            changed = (rows.filter(status_changed_at=seen_at) if seen_at else rows).update(
                status=rule.target, status_reason=reason, status_changed_at=now, last_updated=now, **changes
            )
        self.refresh_from_db()
        if not changed:
            newer = seen_at is not None and self.status_changed_at != seen_at
            raise InvalidTransition(name, self.status, moved=seen not in ("", self.status) or newer)

    def accept(self, *, by: "User | None", reason: str = "") -> None:
        self.transition("accept", by=by, reason=reason)

    def reject(self, *, by: "User | None", reason: str) -> None:
        self.transition("reject", by=by, reason=reason)

    def suspend(self, *, by: "User | None", reason: str) -> None:
        self.transition("suspend", by=by, reason=reason)

    def reinstate(self, *, by: "User | None", reason: str = "") -> None:
        self.transition("reinstate", by=by, reason=reason)

    def disconnect(self, *, by: "User | None", reason: str = "", health: str = Health.NONE) -> None:
        """End the connection and tell the rooms above, in the same transaction, so that credentials go with it."""
        from connect.claims import lock_user

        with transaction.atomic():
            lock_user(self.user_id)  # the user first, as everybody does who connects, claims or proves
            self.transition(
                "disconnect",
                by=by,
                reason=reason,
                disconnected_from=F("status"),
                verified=False,
                verification_level=Level.NONE,
                health=health,
                lease_until=None,
                next_refresh_at=None,
            )
            resource_disconnected.send(sender=type(self), resource=self, by=by)

    def _rows(self) -> models.QuerySet[Any]:
        return type(self)._default_manager.filter(pk=self.pk)
