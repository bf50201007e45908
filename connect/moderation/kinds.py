"""The kinds of record, and a record by its name."""

from typing import TYPE_CHECKING, cast

from django.apps import apps

from connect.api.shapes import Shape

if TYPE_CHECKING:
    from connect.models import SocialResource


def kinds() -> "dict[str, type[SocialResource]]":
    """Every kind of record by its noun: network, page, wall, channel."""
    models = [model for model in apps.get_models() if isinstance(getattr(model, "shape", None), Shape)]
    return {model.shape.noun: model for model in cast("list[type[SocialResource]]", models)}


def name_of(resource: "SocialResource") -> str:
    """The record's name on the command line: `page:12`."""
    return f"{resource.shape.noun}:{resource.pk}"


def find(name: str) -> "SocialResource | None":
    """Return the record of that name; None if there is none."""
    noun, _, number = name.partition(":")
    if noun not in kinds() or not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    record: SocialResource | None = kinds()[noun]._default_manager.filter(pk=int(number)).first()
    return record
