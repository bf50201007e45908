import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from connect.due_work.leases import next_token
from connect.due_work.work import Claim
from connect.models import SocialResourceQuerySet
from connect.network_table import Network
from social_auth.budgets import spending
from social_auth.providers.adapters import adapter_for
from social_auth.refresh.batches import refresh_batch
from social_auth.refresh.planning import REFRESH, refreshable

BATCHES_AT_A_TIME = 5  # their lease must outlast the work on them
WORDS = ("refreshed", "broken", "postponed", "overtaken")


class Command(BaseCommand):
    help = "Refresh follower numbers now, in the foreground: what is due, or what is older than --stale-hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--network", choices=Network.values, help="only this one")
        parser.add_argument("--stale-hours", type=float, help="whatever was read longer ago than this, due or not")
        parser.add_argument("--limit", type=int, help="at most so many")
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["limit"] is not None and options["limit"] < 1) or (options["stale_hours"] or 0) < 0:
            raise CommandError("--limit starts at 1, --stale-hours at 0.")
        networks = [options["network"]] if options["network"] else Network.values
        waiting = {network: self.waiting(network, options["stale_hours"]) for network in networks}
        total = min(sum(rows.count() for rows in waiting.values()), options["limit"] or 10**12)
        if options["dry_run"]:
            self.stdout.write(f"{total} networks would be refreshed.")
            return
        counts: Counter[str] = Counter()
        batches = self.batches(waiting, total)
        console = Console(file=cast(TextIO, self.stderr))
        for batch in track(batches, "Refreshing", total=self.steps(waiting, total), console=console):
            counts += refresh_batch(batch.lane, batch.token, batch.ids)
        closing = ", ".join(f"{counts[word]} {word}" for word in WORDS)
        self.stdout.write(f"{counts.total()} networks: {closing}.")

    def waiting(self, network: str, stale_hours: float | None) -> SocialResourceQuerySet:
        rows, now = refreshable().filter(network=network), timezone.now()
        if stale_hours is None:
            return rows.due(now)
        return rows.free(now).filter(Q(read_at__isnull=True) | Q(read_at__lte=now - timedelta(hours=stale_hours)))

    def batches(self, waiting: dict[str, SocialResourceQuerySet], most: int) -> Iterator[Claim]:
        """Claim chunk after chunk; what has a token of this run's time is not claimed again."""
        start = next_token()
        for network, rows in waiting.items():
            chunk = max(adapter_for(network).batch_size * BATCHES_AT_A_TIME, adapter_for(network).claim_size)
            while most > 0 and self.allowed(network, chunk):
                left = rows.filter(lease_token__lt=start)
                claimed = list(REFRESH.claim(network, left, most=min(chunk, most), now=timezone.now()))
                most -= sum(len(batch.ids) for batch in claimed)
                yield from claimed
                if not claimed:
                    break

    def allowed(self, network: str, accounts: int) -> bool:
        """Wait until the provider's budget has room for so many; False, with a word on it, if the provider rests.

        After a window of it there is as much as there will be: less than that without Redis.
        """
        calls, _ = adapter_for(network).cost(accounts)
        budget = spending.budget_of(network)
        enough = min(calls, max(int(budget.room) // 4, 1))  # workers take of it, too
        end = time.monotonic() + budget.seconds
        while spending.available(network, timezone.now(), ahead=timedelta(0)) < enough and time.monotonic() < end:
            if until := spending.parked_until(network, timezone.now()):
                self.stderr.write(f"{network} is left alone until {until:%H:%M:%S} UTC: its limits were reached.")
                return False
            time.sleep(0.2)
        return True

    def steps(self, waiting: dict[str, SocialResourceQuerySet], total: int) -> int:
        return min(
            sum(-(-rows.count() // adapter_for(name).claim_size) for name, rows in waiting.items()), max(total, 1)
        )
