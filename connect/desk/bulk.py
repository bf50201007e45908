"""A decision on too many records for one request: a worker carries it out in steps, with progress and a report.

Each step decides on the next records and writes its progress in one transaction, under the worker's fencing token: if
a worker dies, no record is counted twice.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone

from connect.database.retries import retried
from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.due_work.work import Claim, DueWork
from connect.moderation.workflow import check_reason
from connect.signals import bulk_decision_made

LANE = "decisions"
LEASE = timedelta(minutes=2)
MAX_RUNNING = 4
"""Bulk decisions at the same time: each writes as fast as the database can."""
STEPS = 25
"""Steps of one task, after which other tasks have their turn."""
EXAMPLES = 20
"""Ids of skipped records that the report shows for each reason."""
KEEP_REPORTS = timedelta(days=30)


class BulkDecisionQuerySet(LeaseQuerySet):
    def start(self, model: Any, ids: list[int], decision: str, *, by: Any, **how: Any) -> "BulkDecision":
        """Start to decide on all of these in the background; raises ReasonMissing."""
        check_reason(decision, how["reason"], of_staff=True)
        kind, now = ContentType.objects.get_for_model(model), timezone.now()
        work = {"content_type": kind, "ids": ids, "total": len(ids), "due_at": now, "made_at": now}
        with transaction.atomic():
            bulk_decision = self.create(decision=decision, staff=by, **work, **how)
            bulk_decision_made.send(sender=type(bulk_decision), pk=bulk_decision.pk)
        return bulk_decision

    def forget(self, now: datetime) -> None:
        """Delete old reports."""
        self.filter(finished_at__lt=now - KEEP_REPORTS).delete()


class BulkDecision(DueFields):
    """A moderator's decision on many records of a kind; once it is finished, its report."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    decision = models.CharField(max_length=12)
    reason = models.CharField(max_length=500, blank=True)
    share = models.BooleanField(default=False)
    asked_at = models.DateTimeField(help_text="When that person was shown the records")
    ids = ArrayField(models.BigIntegerField())
    total = models.PositiveIntegerField()
    after = models.PositiveIntegerField(default=0, help_text="How many of them it came to")
    done = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict, help_text="Why records were left: how many, and the first of them")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, db_index=True)

    objects = BulkDecisionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.decision} on {self.total:,}"

    @property
    def percent(self) -> int:
        return 100 * self.after // self.total if self.total else 100

    def step(self) -> bool:
        """Decide on the next records; False if none is left, or another worker has taken over."""
        return retried(self._step)

    @transaction.atomic
    def _step(self) -> bool:
        claimed = BulkDecision.objects.held(self.lease_token).filter(pk=self.pk)
        row = claimed.defer("ids").select_for_update(no_key=True).first()
        if row is None:
            return False
        rows: Any = row.content_type.model_class()
        size = rows.objects.at_once(row.decision)
        [ids] = claimed.values_list(f"ids__{row.after}_{row.after + size}", flat=True)
        if ids:
            how = {"by": row.staff, "reason": row.reason, "share": row.share, "asked_at": row.asked_at}
            changed, skipped = rows.objects.filter(pk__in=ids).decide_once(row.decision, now=timezone.now(), **how)
            claimed.update(after=row.after + len(ids), done=row.done + changed, skipped=_with(row.skipped, skipped))
            return True
        claimed.finish(row.lease_token, None, finished_at=timezone.now())
        return False


def _with(skipped: dict[str, list[Any]], newly_skipped: list[tuple[int, str]]) -> dict[str, list[Any]]:
    for pk, why in newly_skipped:
        count, examples = skipped.get(why, [0, []])
        skipped[why] = [count + 1, [*examples, pk][:EXAMPLES]]
    return skipped


BULK = DueWork(
    name="bulk",
    lanes=lambda now: [LANE],
    rows=lambda lane: BulkDecision.objects.defer("ids"),
    room=lambda lane, leased, now: MAX_RUNNING - leased,
    lease=lambda: LEASE,
    shares_queue=True,
)


def decide_on(pk: int) -> None:
    """Continue that bulk decision, if it is due and no other worker has it."""
    if claim := BULK.claim_one(pk, LANE, timezone.now()):
        work_off(claim)


def work_off(claim: Claim) -> None:
    """Do the claimed bulk decisions as far as one task may; what remains is due at once."""
    for row in BULK.begin(claim, timezone.now()):
        if all(row.step() for _ in range(STEPS)) and BulkDecision.objects.filter(pk=row.pk).finish(
            row.lease_token, timezone.now()
        ):
            bulk_decision_made.send(sender=BulkDecision, pk=row.pk)
