from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from social_auth.refresh.pruning import prune


class Command(BaseCommand):
    help = "Delete what the networks' rules let nobody keep any longer (docs/providers.md), and old follower readings."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = prune(timezone.now())
        deleted = ", ".join(f"{count} of {network}" for network, count in counts.items())
        self.stdout.write(f"{sum(counts.values())} deleted{f': {deleted}' if deleted else ''}.")
