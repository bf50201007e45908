"""Demo data of two weeks at the moderators' desk: claims, connections and decisions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from connect.desk.models import Decision
from connect.history import FollowerReading
from connect.models import User
from connect.moderation.flags import Flag
from connect.moderation.kinds import kinds
from connect.moderation.workflow import Status
from social_auth.demo.factories import NetworkFactory
from social_auth.demo.made_up import MadeUp

DAYS = 14
READ_DAYS = 60
WITH_CURVE = 24
"""How many records, the newest, have daily readings."""
MODERATORS = {"mira.lead@example.com": "Lead", "tom.desk@example.com": "Moderator", "ada.desk@example.com": "Moderator"}
DECISIONS = {
    "accept": ("Checked against the profile", ""),
    "reject": ("The profile is not the creator's", "Fewer followers than the programme asks for"),
    "suspend": ("Its followers or their engagement were bought", "It pretends to be somebody else"),
}
"""The decisions on a day's records, with their reasons: each is made on half of the records that remain."""
DIFFERENCES: dict[Flag, dict[str, Any]] = {
    Flag.COUNT_DIFFERS: {"was": 120_000, "found": 8_420},
    Flag.COUNT_JUMPED: {"was": 9_300, "found": 61_800},
    Flag.RENAMED: {"was": "maya_cooks", "found": "mayaskitchen"},
}
COUNTS: dict[Flag, dict[str, Any]] = {
    Flag.COUNT_DIFFERS: {"claimed_followers": 120_000, "followers": 8_420, "followers_source": "exact"},
    Flag.COUNT_JUMPED: {"claimed_followers": 9_000, "followers": 61_800, "followers_source": "exact"},
}
"""The columns of a record with that flag."""
CASES = ("displaced", "suspect", "broken", "ending_grant", "suspended", "proof_lost")
"""Traits of the factory, each of which two records have."""
APPEAL = "The name on the profile is my stage name: see the link in its description."


class Fortnight:
    def __init__(self, now: datetime, moderators: list[User]) -> None:
        self.now, self.moderators, self.made_up = now, moderators, MadeUp(seed=DAYS)
        self.random = self.made_up.random

    def seed(self) -> int:
        """Write the records; return how many."""
        rows = [*self._decided(), *self._waiting(), *self._flagged(), *self._cases()]
        self._date_the_trail(rows)
        self._read_daily([row for row in rows if row.verified and row.followers][-WITH_CURVE:])
        return len(rows)

    def _decided(self) -> Iterator[Any]:
        """Decided records for each day; the first moderator decides less often than the others."""
        for ago in range(DAYS - 1, -1, -1):
            at = self.now - timedelta(days=ago)
            rows = self.made_up.records(self.random.randint(6, 12), at - timedelta(hours=self.random.randint(2, 40)))
            yield from rows
            for name, reasons in DECISIONS.items():
                share, rows = rows[: len(rows) // 2 + 1], rows[len(rows) // 2 + 1 :]
                staff = self.random.choice([*self.moderators, *self.moderators[1:]])
                self._decide(name, share, staff, self.random.choice(reasons), at)

    def _decide(self, name: str, rows: list[Any], staff: User, reason: str, at: datetime) -> None:
        """Decide as the desk does, and date the decision back."""
        for model in {type(row) for row in rows}:
            chosen = model.objects.filter(pk__in=[row.pk for row in rows if type(row) is model])
            newest = Decision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            chosen.decide(name, by=staff, reason=reason, asked_at=timezone.now())
            chosen.update(status_changed_at=at, last_updated=at)
            chosen.filter(suspended_at__isnull=False).update(suspended_at=at)
            Decision.objects.filter(pk__gt=newest).update(at=at)
            _trail(model).filter(pgh_obj__in=chosen, pgh_label="update").update(pgh_created_at=at)

    def _waiting(self) -> Iterator[Any]:
        for days in (9, 6, 5, 3, 3, 2, 1, 1, 0, 0):
            yield from self.made_up.records(4, self._some_time(days))

    def _flagged(self) -> Iterator[Any]:
        for number, flag in enumerate(Flag):
            at = self._some_time(number % 6)
            details = {flag.value: {**DIFFERENCES.get(flag, {}), "at": at.date().isoformat()}}
            case = self._appeal(at) if flag is Flag.APPEALED else COUNTS.get(flag, {})
            yield from self.made_up.records(1, at, flags=[flag.value], flag_details=details, **case)

    def _appeal(self, at: datetime) -> dict[str, Any]:
        decided = {"status": Status.REJECTED, "status_reason": DECISIONS["reject"][0], "reason_shared": True}
        return {**decided, "appeal": APPEAL, "appealed_at": at, "appeal_open": True}

    def _cases(self) -> Iterator[Any]:
        for trait in CASES:
            yield from self.made_up.records(2, self._some_time(1), NetworkFactory, **{trait: True})

    def _some_time(self, days: int) -> datetime:
        return self.now - timedelta(days=days, hours=self.random.randint(1, 20))

    def _date_the_trail(self, rows: list[Any]) -> None:
        """Date the audit trail of each insert back to the record's own date."""
        for model in kinds().values():
            ids = [row.pk for row in rows if type(row) is model]
            connected_at = model._default_manager.filter(pk=OuterRef("pgh_obj_id")).values("connected_at")
            _trail(model).filter(pgh_obj__in=ids, pgh_label="insert").update(pgh_created_at=Subquery(connected_at))

    def _read_daily(self, rows: list[Any]) -> None:
        for ago in range(READ_DAYS, -1, -1):
            drift = {row: 1 - ago / 200 + self.random.uniform(-0.01, 0.01) for row in rows}
            counts: dict[Any, Any] = {row: (int(row.followers * drift[row]), "exact") for row in rows}
            FollowerReading.objects.record(counts, as_of=self.now - timedelta(days=ago))


def _trail(model: Any) -> Any:
    return model._meta.get_field("events").related_model._default_manager


def moderators_of(person: Any) -> list[User]:
    """The people at the desk, in their roles; `person` makes one by its address."""
    staff = [(person(email, is_staff=True), role) for email, role in MODERATORS.items()]
    for user, role in staff:
        user.groups.set(Group.objects.filter(name=role))
    return [user for user, _ in staff]
