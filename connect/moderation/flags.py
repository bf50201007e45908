"""Flags: the system raises one on a record for staff, with the value before and the value found."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, Value, When

FLAGS = ArrayField(models.CharField(max_length=32))
MIN_DIFFERENCE = 1_000
"""Smaller differences between follower counts raise no flag."""


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


def far_apart(count: int | None, other_count: int | None, *, factor: float) -> bool:
    """Whether two counts differ by that factor and by MIN_DIFFERENCE; False if one of them is unknown."""
    if count is None or other_count is None:
        return False
    return abs(count - other_count) >= MIN_DIFFERENCE and max(count, other_count) >= factor * min(count, other_count)


def claimed_too_much(claimed: int | None, provider_count: int | None) -> bool:
    """Whether the count that a creator claimed is at least twice or at most half the provider's."""
    return far_apart(claimed, provider_count, factor=2)


def jumped(before: int | None, after: int | None) -> bool:
    """Whether a count grew by half or lost a third from one reading to the next."""
    return far_apart(before, after, factor=1.5)


def with_flag(flag: Flag) -> Any:
    """The column of flags with this one added if it is not there yet."""
    raised = Func(F("flags"), Value(flag.value), function="array_append", output_field=FLAGS)
    return Case(When(flags__contains=[flag.value], then=F("flags")), default=raised, output_field=FLAGS)


def without_flag(flag: Flag) -> Any:
    return Func(F("flags"), Value(flag.value), function="array_remove", output_field=FLAGS)


def described(resource: Any) -> list[dict[str, Any]]:
    """A record's flags with their labels and details."""
    labels = dict(Flag.choices)
    return [{"label": labels.get(flag, flag), **resource.flag_details.get(flag, {})} for flag in resource.flags]
