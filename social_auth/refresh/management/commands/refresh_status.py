from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from social_auth.refresh.state_table import COLUMNS, WORDS, rows


class Command(BaseCommand):
    help = "Show how the refresh is doing, a line for each network."

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table()
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in WORDS else "right")
        for row in rows(timezone.now()):
            table.add_row(*row)
        Console(file=cast(TextIO, self.stdout), width=170).print(table)
