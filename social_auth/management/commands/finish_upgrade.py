from typing import Any

from django.core.management.base import BaseCommand

from connect.filled_identity_keys import fill, fill_assets, flag_doubles
from connect.moderation import kinds
from connect.sessions.models import name_owners
from networks.extra_data import mend_links
from networks.models import SocialNetwork
from social_auth.models import Asset


class Command(BaseCommand):
    help = "Bring up to date what processes of the version before wrote since the migration: run it when none is left."

    def handle(self, *args: Any, **options: Any) -> None:
        models = kinds().values()
        filled = sum(fill(model._default_manager.all()) for model in models)
        listed = fill_assets(Asset.objects.all())
        flagged = sum(flag_doubles(model) for model in models)
        self.stdout.write(f"{filled} records and {listed} listed ones have keys now, {flagged} are flagged.")
        mended = mend_links(SocialNetwork.objects.all())
        self.stdout.write(f"Links that are refused today were taken out of {mended} networks.")
        self.stdout.write(f"{name_owners()} sessions say whose they are now.")
