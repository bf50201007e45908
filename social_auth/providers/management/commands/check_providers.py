from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from social_auth.budgets.payment import paid
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter
from social_auth.wire.outcomes import Outcome


class Command(BaseCommand):
    help = "Say which networks have keys, and whether each provider answers them. Exits 1 if one does not."

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table("Network", "Keys", "Answer", title=settings.CONNECT_PROVIDER_PROXY or "the real providers")
        failed = 0
        for network, adapter in ADAPTERS.items():
            keys, answer, fine = self.state(adapter)
            failed += not fine
            table.add_row(network, keys, answer)
        Console(file=cast(TextIO, self.stdout), width=100).print(table)
        if failed:
            raise CommandError(f"{failed} of {len(ADAPTERS)} networks do not work.")
        self.stdout.write(f"All {len(ADAPTERS)} networks answer.")

    def state(self, adapter: Adapter) -> tuple[str, str, bool]:
        if not adapter.configured:
            return "missing", "not asked", False
        try:
            with paid(adapter.network, adapter.ping_cost):
                return "present", adapter.ping(), True
        except Outcome as outcome:
            return "present", f"{type(outcome).__name__}: {outcome.detail}", False
