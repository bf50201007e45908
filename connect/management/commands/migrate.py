from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from connect.database.advisory_locks import alone


class Command(migrate.Command):
    """Django's, one at a time: every container may start with it."""

    def handle(self, *args: Any, **options: Any) -> None:
        with alone("migrate", connections[options["database"]]):
            super().handle(*args, **options)
