"""What is done again and again for a network, beside reading its numbers: a row of a table of its own says when."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.due_work.leases import LeaseQuerySet
from networks.models import SocialNetwork


class ScheduleQuerySet(LeaseQuerySet):
    anew: tuple[str, ...] = ("failures", "lease_until")
    """What is as if it had never been done."""

    def schedule(self, network: SocialNetwork) -> None:
        """Let it be done soon for that account, and anew if somebody is at it: what they find is of before."""
        row = self.model(network=network, provider=network.network, due_at=timezone.now())
        anew = ["provider", "due_at", *self.anew]
        self.bulk_create([row], update_conflicts=True, unique_fields=["network"], update_fields=anew)


def lane_indexes(name: str) -> list[models.Index]:
    """The indexes by which a provider's due and claimed rows are found."""
    return [
        models.Index(fields=["provider", "due_at"], condition=Q(due_at__isnull=False), name=f"{name}_due"),
        models.Index(fields=["provider"], condition=Q(lease_until__isnull=False), name=f"{name}_leased"),
    ]
