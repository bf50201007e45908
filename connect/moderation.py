"""What waits for a decision, over every kind of record, and deciding on one by its name."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from connect.models import SocialResource
from connect.workflow import Status


def kinds() -> dict[str, type[SocialResource]]:
    """Every kind of record by its noun: network, page, wall, channel."""
    models = [model for model in apps.get_models() if issubclass(model, SocialResource)]
    return {model.shape.noun: model for model in models}


def name_of(resource: SocialResource) -> str:
    """What staff call a record on the command line: `page:12`."""
    return f"{resource.shape.noun}:{resource.pk}"


def find(name: str) -> SocialResource | None:
    """Return the record of that name; None if there is none."""
    noun, _, number = name.partition(":")
    if noun not in kinds() or not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    found: SocialResource | None = kinds()[noun]._default_manager.filter(pk=int(number)).first()
    return found


def waiting(*, status: str = Status.PENDING, noun: str = "", network: str = "", most: int) -> list[SocialResource]:
    """The records of that status, over all kinds or of one, longest waiting first."""
    found: list[Any] = []
    for model in _wanted(noun):
        rows = model._default_manager.filter(status=status, **({"network": network} if network else {}))
        found += rows.select_related("user").order_by("status_changed_at", "pk")[:most]
    return sorted(found, key=lambda row: (row.status_changed_at, row.pk))[:most]


def _wanted(noun: str) -> Iterator[type[SocialResource]]:
    yield from ([kinds()[noun]] if noun else kinds().values())
