from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from connect.network_table import Network
from social_auth.budgets.models import NetworkPause


class Command(BaseCommand):
    help = "Read a paused network's numbers again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", choices=Network.values, metavar="NETWORK")

    def handle(self, *args: Any, network: str, **options: Any) -> None:
        deleted, _ = NetworkPause.objects.filter(network=network).delete()
        self.stdout.write(f"{network} {'is read again' if deleted else 'was not paused'}.")
