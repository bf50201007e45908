from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from connect.history import prune
from connect.moderation.kinds import kinds


class Command(BaseCommand):
    help = "Delete follower readings that are kept too long: LinkedIn's after a year, others by CONNECT_HISTORY_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = prune(list(kinds().values()), timezone.now())
        summary = ", ".join(f"{count} of {network}" for network, count in counts.items())
        self.stdout.write(f"{sum(counts.values())} readings deleted{f': {summary}' if summary else ''}.")
