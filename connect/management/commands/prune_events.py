from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from connect.events.models import Event


class Command(BaseCommand):
    help = "Delete events that are older than CONNECT_EVENT_DAYS, with what is left of their deliveries."

    def handle(self, *args: Any, **options: Any) -> None:
        count = Event.objects.prune(timezone.now() - timedelta(days=settings.EVENT_DAYS))
        self.stdout.write(f"{count} events deleted.")
