import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connect.network_table import Network
from social_auth.sandbox.accounts import STATES, Token, mint


class Command(BaseCommand):
    help = "Print a sandbox token as JSON, ready for /api/auth/<network>/."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", choices=[*Network.values, "google"], metavar="NETWORK")
        parser.add_argument("account", nargs="?", default="", metavar="ACCOUNT", help="a name; without it, a fresh one")
        parser.add_argument("--code", action="store_true", help="an authorization code with its verifier instead")
        parser.add_argument("--refresh", action="store_true", help="with a refresh token")
        parser.add_argument("--foreign", action="store_true", help="minted for somebody else's app")
        parser.add_argument(
            "--state", choices=STATES, default="ok", help="what the provider does when it sees the token"
        )

    def handle(self, *args: Any, network: str, account: str, **options: Any) -> None:
        if settings.CONNECT_ENV == "production":
            raise CommandError("There are no sandbox tokens in production.")
        network = Network.YOUTUBE if network == "google" else network
        try:
            token = mint(network, account, foreign=options["foreign"], state=options["state"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        posted = self.code(token) if options["code"] else {"access_token": str(token)}
        if options["refresh"]:
            posted["refresh_token"] = str(token.sibling("refresh"))
        about = {"network": network, "account": token.account, "app": token.app, "state": token.state}
        self.stdout.write(json.dumps({**posted, "user_id": token.holder.uid(token.app), **about}))

    def code(self, token: Token) -> dict[str, str]:
        verifier = secrets.token_urlsafe(32)
        code = mint(
            token.network, token.account, foreign=not token.ours, state=token.state, kind="code", verifier=verifier
        )
        return {"code": str(code), "code_verifier": verifier, "redirect_uri": "connect://callback"}
