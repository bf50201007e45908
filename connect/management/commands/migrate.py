from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from connect.database.advisory_locks import exclusive_lock


class Command(migrate.Command):
    """Django's command, one process at a time: every container may run it at its start."""

    def handle(self, *args: Any, **options: Any) -> None:
        with exclusive_lock("migrate", connections[options["database"]]):
            super().handle(*args, **options)
