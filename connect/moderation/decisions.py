"""Changes of status, on one record or on thousands: each is one conditional UPDATE, so two cannot both happen."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import OperationalError, models, transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone

from connect.audit.context import audited
from connect.database.advisory_locks import lock_suspensions
from connect.database.retries import retried
from connect.database.single_rows import update_row
from connect.desk.models import Decision
from connect.moderation.flags import Flag, with_flag
from connect.moderation.locks import lock_user
from connect.moderation.suspensions import lift_inherited, suspend_namesakes
from connect.moderation.workflow import (
    APPEALABLE,
    STAFF_DECISIONS,
    TRANSITIONS,
    AppealedAlready,
    Health,
    InvalidTransition,
    Level,
    Status,
    check_reason,
    columns_of,
    unseen,
)
from connect.signals import resource_disconnected

if TYPE_CHECKING:
    from connect.models import User

AT_ONCE = 2_000
"""Records in one UPDATE and transaction: the audit's trigger runs for each."""
SUSPENDED_AT_ONCE = 200
"""Fewer, as nobody can claim or connect during that transaction."""
SIDE_EFFECTS: dict[str, Callable[[Any, list[int]], None]] = {"suspend": suspend_namesakes, "reinstate": lift_inherited}
"""How a person's decision changes other records of the same account."""


BUSY = "busy: somebody else is changing them"
MOVED = "decided on or flagged meanwhile"


@dataclass
class DecisionCounts:
    """How many records a decision on many changed, and how many it skipped, by reason."""

    changed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


class DecisionQuerySet(models.QuerySet[Any]):
    def decide(
        self, name: str, /, *, by: Any, reason: str = "", share: bool = False, asked_at: datetime
    ) -> DecisionCounts:
        """Decide on each of these records as the workflow allows; raises ReasonMissing.

        `asked_at` is when the person saw the records: those that were decided on or flagged since are skipped.
        """
        check_reason(name, reason, of_staff=True)
        outcome, now, ids = DecisionCounts(), timezone.now(), list(self.order_by("pk").values_list("pk", flat=True))
        how = {"by": by, "reason": reason, "share": share, "asked_at": asked_at, "now": now}
        size = self.at_once(name)
        for chunk in (ids[start : start + size] for start in range(0, len(ids), size)):
            rows = self.model._default_manager.filter(pk__in=chunk)
            try:
                changed, skipped = retried(partial(rows.decide_once, name, **how))
                outcome.changed += changed
                outcome.skipped += Counter(why for _, why in skipped)
            except OperationalError:
                outcome.skipped += Counter({BUSY: len(chunk)})
        return outcome

    def at_once(self, name: str) -> int:
        """How many records one transaction may change."""
        return SUSPENDED_AT_ONCE if name in SIDE_EFFECTS else AT_ONCE

    @transaction.atomic
    def decide_once(
        self, name: str, /, *, by: Any, reason: str, share: bool, asked_at: datetime, now: datetime
    ) -> tuple[int, list[tuple[int, str]]]:
        """Decide on these in one transaction; return how many were changed, and which were skipped for what reason."""
        if name in SIDE_EFFECTS:
            lock_suspensions()
        rows = self.filter(status__in=TRANSITIONS[name].sources, status_changed_at__lte=asked_at)
        rows = rows.filter(precondition(name)).exclude(unseen(asked_at))
        with audited(action=name, by=by, reason=reason):
            ids = list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
            columns = columns_of(name, reason=reason, share=share, now=now)
            self.model._default_manager.filter(pk__in=ids).update(**columns)
        keep_decisions(self.model, ids, name, by=by, now=now)
        if name in SIDE_EFFECTS:
            SIDE_EFFECTS[name](self.model, ids)
        return len(ids), self.exclude(pk__in=ids)._why_left(name, asked_at)

    def _why_left(self, name: str, asked_at: datetime) -> list[tuple[int, str]]:
        newer = Case(When(Q(status_changed_at__gt=asked_at) | unseen(asked_at), then=True), default=False)
        rows = self.annotate(newer=newer).order_by("pk").values_list("pk", "status", "newer")
        verb = name.replace("_", " ")
        reasons = {status: f"{Status(status).label.lower()}: it cannot be changed by {verb}" for status in Status}
        return [(pk, MOVED if newer else reasons[Status(status)]) for pk, status, newer in rows]


def precondition(name: str) -> Q:
    """The condition of a transition beside the status."""
    rule = TRANSITIONS[name]
    return (Q(appeal_open=True) if rule.needs_appeal else Q()) & (~Q(flags=[]) if rule.needs_flags else Q())


def keep_decisions(model: type[models.Model], ids: list[int], name: str, *, by: "User | None", now: datetime) -> None:
    """Count a decision of staff for the dashboard, but no change by the system or an owner."""
    if name in STAFF_DECISIONS and (by is None or by.is_staff):
        Decision.objects.keep(model, ids, name, by=by, now=now)


class WorkflowMixin(models.Model):
    """Status and its transitions. Nothing else may write `status`."""

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    status_reason = models.CharField(max_length=500, blank=True)
    status_changed_at = models.DateTimeField(default=timezone.now)
    disconnected_from = models.CharField(max_length=12, blank=True, choices=Status.choices)
    reason_shared = models.BooleanField(
        default=False, db_default=False, help_text="Whether the creator is told the reason"
    )
    appeal = models.CharField(max_length=2000, blank=True, default="", db_default="", editable=False)
    appealed_at = models.DateTimeField(null=True, blank=True, editable=False)
    appeal_open = models.BooleanField(default=False, db_default=False, editable=False)
    flagged_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When it was last suspended, whether or not it still is."""

    over: ClassVar[dict[str, Any]] = {}
    """Values of the subclass's own columns after the connection ended."""

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        abstract = True

    @property
    def is_suspended(self) -> bool:
        """Whether it is suspended, or was when it was disconnected."""
        return Status.SUSPENDED in (self.status, self.disconnected_from if self.status == Status.DISCONNECTED else "")

    def transition(
        self,
        name: str,
        /,
        *,
        by: "User | None",
        reason: str = "",
        share: bool = False,
        via: str = "",
        seen: str = "",
        seen_at: datetime | None = None,
        asked_at: datetime | None = None,
        where: Q | None = None,
        **changes: Any,
    ) -> None:
        """Change the status as the table allows, and with it `changes`; raises InvalidTransition, ReasonMissing.

        `share` lets the creator read the reason; `via` names a decider without an account.

        Only the status in the database counts, not this instance's. Whoever decided saw the record at `asked_at`, with
        status `seen`, which it had since `seen_at`: the transition is refused if it was decided on or flagged since.
        `where` is a further condition.
        """
        by_person, now = bool(by or via), timezone.now()
        check_reason(name, reason, of_staff=by_person)
        sources = [status for status in TRANSITIONS[name].sources if seen in ("", status)]
        rows = self._as_shown(seen_at, asked_at).filter(precondition(name), where or Q(), status__in=sources)
        columns = columns_of(name, reason=reason, share=share, now=now) | changes
        with transaction.atomic(savepoint=False), audited(action=name, by=by, reason=reason, via=via):
            changed = self._decide(rows, name, columns, by=by, now=now) if by_person else update_row(rows, **columns)
        if not changed:
            self._read_again(name)
            raise InvalidTransition(name, self.status, moved=self._has_moved(seen, seen_at, asked_at))
        self._become(changed)

    def _decide(
        self, rows: models.QuerySet[Any], name: str, columns: dict[str, Any], *, by: "User | None", now: datetime
    ) -> Any:
        """Write a person's decision, count it, and apply it to the other records of the account; None: nothing was."""
        follow = SIDE_EFFECTS.get(name)
        if follow:
            lock_suspensions()
        changed = update_row(rows, **columns)
        if changed:
            keep_decisions(type(self), [self.pk], name, by=by, now=now)
            if follow:
                follow(type(self), [self.pk])
        return changed

    def _become(self, row: Any) -> None:
        for column in self._meta.concrete_fields:
            setattr(self, column.attname, getattr(row, column.attname))

    def _read_again(self, name: str) -> None:
        """Raise InvalidTransition if the record was erased together with its owner's account meanwhile."""
        try:
            self.refresh_from_db()
        except type(self).DoesNotExist:
            raise InvalidTransition(name, "erased") from None

    def _as_shown(self, seen_at: datetime | None, asked_at: datetime | None) -> models.QuerySet[Any]:
        """This row, unless it was decided on or flagged since a person saw it."""
        rows = self._rows().filter(status_changed_at=seen_at) if seen_at else self._rows()
        return rows.exclude(unseen(asked_at)) if asked_at else rows

    def _has_moved(self, seen: str, seen_at: datetime | None, asked_at: datetime | None) -> bool:
        decided = seen not in ("", self.status) or (seen_at is not None and self.status_changed_at != seen_at)
        return decided or bool(asked_at and self.flagged_at and self.flagged_at > asked_at)

    def accept(self, *, by: "User | None", reason: str = "") -> None:
        self.transition("accept", by=by, reason=reason)

    def reject(self, *, by: "User | None", reason: str) -> None:
        self.transition("reject", by=by, reason=reason)

    def suspend(self, *, by: "User | None", reason: str) -> None:
        self.transition("suspend", by=by, reason=reason)

    def reinstate(self, *, by: "User | None", reason: str = "") -> None:
        self.transition("reinstate", by=by, reason=reason)

    def appeal_against(self, text: str, *, by: "User") -> None:
        """Put a rejection or suspension before staff again, once for each decision; it holds until they decide.

        Raises InvalidTransition, AppealedAlready.
        """
        now = timezone.now()
        with audited(action="appeal", by=by, reason=text):
            changed = (
                self._rows()
                .filter(status__in=APPEALABLE, appealed_at=None)
                .update(
                    appeal=text, appealed_at=now, appeal_open=True, flags=with_flag(Flag.APPEALED), last_updated=now
                )
            )
        self.refresh_from_db()
        if not changed:
            raise AppealedAlready if self.status in APPEALABLE else InvalidTransition("appeal", self.status)

    @property
    def waiting_since(self) -> datetime:
        """Since when the record waits for staff: the appeal, a flag, or the last change of status."""
        if self.appeal_open and self.appealed_at:
            return self.appealed_at
        return self.flagged_at if self.status == Status.ACCEPTED and self.flagged_at else self.status_changed_at

    def disconnect(self, *, by: "User | None", reason: str = "", health: str = Health.NONE) -> None:
        """End the connection. In the same transaction a signal lets the rooms above end what belongs to it."""
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
                **self.over,
            )
            resource_disconnected.send(sender=type(self), resource=self, by=by)

    def _rows(self) -> models.QuerySet[Any]:
        return type(self)._default_manager.filter(pk=self.pk)
