import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connect.network_table import Network
from social_auth.sandbox.client import call_sandbox, refuse_production
from social_auth.sandbox.minting import minted
from social_auth.sandbox.states import STATES


class Command(BaseCommand):
    help = "Print a sandbox token as JSON, ready for /api/auth/<network>/."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", choices=[*Network.values, "google"], metavar="NETWORK")
        parser.add_argument("account", nargs="?", default="", metavar="ACCOUNT", help="a name; without it, a fresh one")
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument("--code", action="store_true", help="an authorization code with its verifier instead")
        kind.add_argument("--refresh", action="store_true", help="with a refresh token")
        kind.add_argument(
            "--id-token", action="store_true", help="Google's id_token instead, signed by the running sandbox"
        )
        parser.add_argument("--foreign", action="store_true", help="minted for somebody else's app")
        parser.add_argument(
            "--state", choices=STATES, default="ok", help="what the provider does when it sees the token"
        )

    def handle(self, *args: Any, network: str, account: str, **options: Any) -> None:
        refuse_production()
        kind = next((name for name in ("code", "refresh", "id_token") if options[name]), "token")
        app = "foreign" if options["foreign"] else "ours"
        fields = {"network": network, "account": account, "kind": kind, "token_state": options["state"], "app": app}
        try:
            credential = call_sandbox("mint", fields) if kind == "id_token" else minted(**fields)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(credential))
