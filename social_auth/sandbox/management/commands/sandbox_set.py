import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from connect.network_table import Network
from social_auth.sandbox.client import call_sandbox, refuse_production
from social_auth.sandbox.states import STATES


class Command(BaseCommand):
    help = "Change an account of the running sandbox: its count, its handle, its state."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", choices=[*Network.values, "google"], metavar="NETWORK")
        parser.add_argument("account", metavar="ACCOUNT", help="a name, or * for the whole network")
        parser.add_argument("state", nargs="?", choices=STATES, metavar="STATE", help=", ".join(STATES))
        parser.add_argument("--followers", type=int)
        parser.add_argument("--handle")
        parser.add_argument("--assets", type=int, help="how many pages, boards or organisations it administers")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_production()
        fields = ("network", "account", "state", "followers", "handle", "assets")
        options["network"] = "youtube" if options["network"] == "google" else options["network"]
        form = {name: str(options[name]) for name in fields if options[name] is not None}
        self.stdout.write(json.dumps(call_sandbox("set", form)))
