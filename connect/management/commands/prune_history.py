from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone

from connect.history import prune
from connect.models import SocialResource


class Command(BaseCommand):
    help = "Delete follower readings that are kept too long: LinkedIn's after a year, others by CONNECT_HISTORY_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        kinds = [model for model in apps.get_models() if issubclass(model, SocialResource)]
        counts = prune(kinds, timezone.now())
        told = ", ".join(f"{count} of {network}" for network, count in counts.items())
        self.stdout.write(f"{sum(counts.values())} readings deleted{f': {told}' if told else ''}.")
