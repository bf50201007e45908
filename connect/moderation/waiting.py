"""The records of every kind that wait for a decision of staff."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from connect.models import SocialResource
from connect.moderation.kinds import kinds
from connect.moderation.workflow import APPEALABLE, Status


def lines(model: type[SocialResource]) -> list[tuple[str, QuerySet[Any]]]:
    """The queues in which records of a kind wait, each with its column of order, which has an index."""
    rows = model._default_manager.all()
    appeals = rows.filter(appeal_open=True, status__in=APPEALABLE)
    return [("status_changed_at", rows.filter(status=Status.PENDING)), ("appealed_at", appeals)]


def flagged(model: type[SocialResource]) -> tuple[str, QuerySet[Any]]:
    """The accepted records that the system flagged: staff may look at them, but nobody waits for a decision."""
    return "flagged_at", model._default_manager.filter(status=Status.ACCEPTED, flagged_at__isnull=False)


def waiting(*, status: str = "", noun: str = "", network: str = "", most: int) -> list[SocialResource]:
    """Records that wait for staff, or those of a status, of one kind or all, longest waiting first."""
    records: list[Any] = []
    for model in _wanted(noun):
        rows = model._default_manager.filter(status=status)
        for moment, line in [("status_changed_at", rows)] if status else lines(model):
            rows_of_network = line.filter(network=network) if network else line
            records += rows_of_network.select_related("user").order_by(moment, "pk")[:most]
    return sorted(records, key=lambda row: (row.waiting_since, row.pk))[:most]


def _wanted(noun: str) -> Iterator[type[SocialResource]]:
    yield from ([kinds()[noun]] if noun else kinds().values())
