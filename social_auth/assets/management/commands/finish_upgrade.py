from typing import Any

from django.core.management.base import BaseCommand

from connect.database.time_limits import without_statement_timeout
from connect.identity.backfill import fill, fill_assets, flag_duplicates
from connect.moderation.kinds import kinds
from networks.due_readings import drop_old_indexes
from networks.extra_data import mend_links
from networks.models import SocialNetwork
from social_auth.assets.models import Asset


class Command(BaseCommand):
    help = "Update what processes of the previous version wrote by its rules: run it when none of them is left."

    def handle(self, *args: Any, **options: Any) -> None:
        with without_statement_timeout():
            mended = mend_links(SocialNetwork.objects.all())
            self.stdout.write(f"Links that are refused today were taken out of {mended} networks.")
            self._keys()
            self.stdout.write(f"{drop_old_indexes()} indexes were dropped that only the version before used.")

    def _keys(self) -> None:
        models = kinds().values()
        filled = sum(fill(model._default_manager.all()) for model in models)
        listed = fill_assets(Asset.objects.all())
        flagged = sum(flag_duplicates(model) for model in models)
        self.stdout.write(f"{filled} records and {listed} listed ones have keys now, {flagged} are flagged.")
