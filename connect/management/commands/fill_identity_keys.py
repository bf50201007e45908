from typing import Any

from django.core.management.base import BaseCommand

from connect.filled_identity_keys import fill, flag_doubles
from connect.moderation import kinds


class Command(BaseCommand):
    help = "Give rows that an older version wrote their identity keys, and flag what turns out to be one account."

    def handle(self, *args: Any, **options: Any) -> None:
        models = kinds().values()
        filled = sum(fill(model._default_manager.all()) for model in models)
        flagged = sum(flag_doubles(model) for model in models) if filled else 0
        self.stdout.write(f"{filled} records have keys now, {flagged} are flagged.")
