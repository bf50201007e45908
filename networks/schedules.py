"""Tables of work that is repeated for a network, such as listing its pages: a row says when it is due."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.due_work.leases import LeaseQuerySet
from networks.models import SocialNetwork


class ScheduleQuerySet(LeaseQuerySet):
    anew: tuple[str, ...] = ("failures", "lease_until")
    """The columns that `schedule` resets."""

    def schedule(self, network: SocialNetwork) -> None:
        """Make the work due for that account now, even if a worker is doing it: its result will be outdated."""
        row = self.model(network=network, provider=network.network, due_at=timezone.now())
        anew = ["provider", "due_at", *self.anew]
        self.bulk_create([row], update_conflicts=True, unique_fields=["network"], update_fields=anew)


def lane_indexes(name: str) -> list[models.Index]:
    """The indexes by which a provider's due and claimed rows are found."""
    return [
        models.Index(fields=["provider", "due_at"], condition=Q(due_at__isnull=False), name=f"{name}_due"),
        models.Index(fields=["provider"], condition=Q(lease_until__isnull=False), name=f"{name}_leased"),
    ]
