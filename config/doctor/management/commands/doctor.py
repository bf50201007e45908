import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import database, environment, processes
from config.findings import as_json, code_of
from config.postgresql.patience import within

DATABASE_SECONDS = 20.0
"""For all queries together."""


class Command(BaseCommand):
    help = "Check everything that this deployment depends on. Exits 0 if all is well, 1 with warnings, 2 with errors."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        with within(DATABASE_SECONDS):
            found = [
                *environment.look_at_variables(),
                *database.look(),
                *processes.look(),
                *processes.look_at_work(),
                *environment.look_at_mail(),
                *environment.look_at_providers(),
                *environment.look_at_static_files(),
            ]
        self.stdout.write(as_json(found) if options["json"] else "\n".join(map(str, found)))
        sys.exit(code_of(found))
