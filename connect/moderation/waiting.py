"""What waits for a decision of staff, over every kind of record."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from connect.models import SocialResource
from connect.moderation.kinds import kinds
from connect.moderation.workflow import APPEALABLE, Status


def lines(model: type[SocialResource]) -> list[tuple[str, QuerySet[Any]]]:
    """The lines in which records of a kind wait for staff, each with the moment it is ordered by: its index."""
    rows = model._default_manager.all()
    appeals = rows.filter(appeal_open=True, status__in=APPEALABLE)
    return [("status_changed_at", rows.filter(status=Status.PENDING)), ("appealed_at", appeals)]


def flagged(model: type[SocialResource]) -> tuple[str, QuerySet[Any]]:
    """The accepted records about which the system found something: to be looked at, but nothing waits for it."""
    return "flagged_at", model._default_manager.filter(status=Status.ACCEPTED, flagged_at__isnull=False)


def waiting(*, status: str = "", noun: str = "", network: str = "", most: int) -> list[SocialResource]:
    """What waits for staff, or the records of that status, over all kinds or of one, longest waiting first."""
    found: list[Any] = []
    for model in _wanted(noun):
        rows = model._default_manager.filter(status=status)
        for moment, line in [("status_changed_at", rows)] if status else lines(model):
            wanted = line.filter(network=network) if network else line
            found += wanted.select_related("user").order_by(moment, "pk")[:most]
    return sorted(found, key=lambda row: (row.waiting_since, row.pk))[:most]


def _wanted(noun: str) -> Iterator[type[SocialResource]]:
    yield from ([kinds()[noun]] if noun else kinds().values())
