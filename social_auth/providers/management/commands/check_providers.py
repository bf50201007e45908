from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from social_auth.budgets.payment import paid
from social_auth.providers import versions
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter
from social_auth.wire.outcomes import Outcome


class Command(BaseCommand):
    help = (
        "Say which networks have keys, and whether each provider answers them. Exits 1 if one does not. "
        "Warns of API versions that end."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        title = settings.CONNECT_PROVIDER_PROXY or "the real providers"
        table = Table("Network", "Keys", "Version", "Answer", title=title)
        failed = 0
        for network, adapter in ADAPTERS.items():
            keys, answer, works = self.state(adapter)
            failed += not works
            version = versions.in_use(network) if network in versions.SETTINGS else ""
            table.add_row(network, keys, version, answer)
        Console(file=cast(TextIO, self.stdout), width=100).print(table)
        for warning in versions.warnings(timezone.now().date()):
            self.stdout.write(f"Warning: {warning}")
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
