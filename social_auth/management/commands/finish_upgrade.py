from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from connect.filled_identity_keys import fill, fill_assets, flag_doubles
from connect.moderation import kinds
from connect.sessions.models import delete_of_erased, name_owners
from networks.extra_data import mend_links
from networks.models import SocialNetwork
from social_auth.models import Asset


class Command(BaseCommand):
    help = "Bring up to date what processes of the version before wrote since the migration: run it when none is left."

    def handle(self, *args: Any, **options: Any) -> None:
        with _as_long_as_it_takes():
            self._sessions()
            mended = mend_links(SocialNetwork.objects.all())
            self.stdout.write(f"Links that are refused today were taken out of {mended} networks.")
            self._keys()

    def _sessions(self) -> None:
        self.stdout.write(f"{name_owners()} sessions say whose they are now.")
        self.stdout.write(f"{delete_of_erased()} sessions of erased accounts are deleted.")

    def _keys(self) -> None:
        models = kinds().values()
        filled = sum(fill(model._default_manager.all()) for model in models)
        listed = fill_assets(Asset.objects.all())
        flagged = sum(flag_doubles(model) for model in models)
        self.stdout.write(f"{filled} records and {listed} listed ones have keys now, {flagged} are flagged.")


@contextmanager
def _as_long_as_it_takes() -> Iterator[None]:
    """Without the time limit of a statement: a big table is read as a whole, and nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
