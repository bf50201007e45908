"""What staff should look at: the system raises a flag on a record, with what was there before and what was found."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, Value, When

FLAGS = ArrayField(models.CharField(max_length=32))
MATTERS_FROM = 1_000
"""A difference of fewer followers than that is nobody's concern."""


class Flag(models.TextChoices):
    PROVEN_BY_OTHER = "proven_by_other", "Somebody else has proven this account"
    DISPLACED = "displaced_by_proof", "Somebody else proved it for our app, and has it now"
    SHARED_IDENTITY = "shared_identity", "Somebody else claims the same account"
    SAME_IDENTITY = "same_identity", "The same account as another record, which spells it otherwise"
    COUNT_DIFFERS = "count_differs", "What was claimed is far from the provider's count"
    COUNT_JUMPED = "count_jumped", "The count jumped or dropped"
    RENAMED = "renamed", "Renamed at the provider"
    SUSPENDED_BEFORE = "suspended_before", "The creator was suspended before"
    SUSPENDED_AS_CLAIM = "suspended_as_claim", "It was suspended as a claim, or somebody else's claim to it was"
    APPEALED = "appealed", "The creator appeals"


def far_apart(one: int | None, other: int | None, *, factor: float) -> bool:
    """Whether two counts differ by that factor and by enough to matter; False if one of them is not known."""
    if one is None or other is None:
        return False
    return abs(one - other) >= MATTERS_FROM and max(one, other) >= factor * min(one, other)


def claimed_too_much(claimed: int | None, told: int | None) -> bool:
    """Whether a creator's own count is twice or half the provider's."""
    return far_apart(claimed, told, factor=2)


def jumped(before: int | None, after: int | None) -> bool:
    """Whether a count grew by half or lost a third from one reading to the next."""
    return far_apart(before, after, factor=1.5)


def with_flag(flag: Flag) -> Any:
    """The column of flags with this one raised; once is enough."""
    raised = Func(F("flags"), Value(flag.value), function="array_append", output_field=FLAGS)
    return Case(When(flags__contains=[flag.value], then=F("flags")), default=raised, output_field=FLAGS)


def without_flag(flag: Flag) -> Any:
    return Func(F("flags"), Value(flag.value), function="array_remove", output_field=FLAGS)


def described(resource: Any) -> list[dict[str, Any]]:
    """Return a record's flags in words, with the difference where there is one."""
    labels = dict(Flag.choices)
    return [{"label": labels.get(flag, flag), **resource.flag_details.get(flag, {})} for flag in resource.flags]
