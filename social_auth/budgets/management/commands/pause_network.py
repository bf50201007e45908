from argparse import ArgumentParser
from datetime import UTC, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connect.network_table import Network
from social_auth.budgets.models import NetworkPause


class Command(BaseCommand):
    help = "Stop reading one network's numbers for a while. Connecting and disconnecting go on; resume_network ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", choices=Network.values, metavar="NETWORK")
        parser.add_argument("--until", help="a moment such as 2027-01-31T18:00, UTC unless it says otherwise")
        parser.add_argument("--hours", type=float, help="from now on, instead")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, network: str, until: str | None, hours: float | None, **options: Any) -> None:
        end = None
        if until:
            end = self.moment(until)
        elif hours is not None:
            end = timezone.now() + timedelta(hours=min(hours, 24 * 3650))
        if end is not None and end <= timezone.now():
            raise CommandError("That is in the past.")
        pause = {"until": end, "reason": options["reason"][:200]}
        NetworkPause.objects.update_or_create(network=network, defaults=pause)
        self.stdout.write(f"{network} is paused {f'until {end:%Y-%m-%d %H:%M} UTC' if end else 'until it is resumed'}.")

    def moment(self, text: str) -> Any:
        try:
            moment = parse_datetime(text if "T" in text or " " in text else f"{text}T00:00")
        except ValueError:
            moment = None
        if moment is None:
            raise CommandError(f"{text!r} is no moment: write it as 2027-01-31T18:00.")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
