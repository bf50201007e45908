from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from connect.events.catalogue import EVENT_TYPES
from social_auth.notices.delivery import send_test
from social_auth.notices.models import State, WebhookDelivery, WebhookEndpoint

WORDS = {
    "rotate": "make a new secret; the old one goes on signing for a day",
    "test": "send an event that did not happen",
    "enable": "send again to an endpoint that was disabled",
    "disable": "send nothing more; what happens meanwhile is kept",
    "remove": "forget the endpoint and its deliveries",
    "redeliver": "start anew with what was given up",
}


class Command(BaseCommand):
    help = "Manage who is told of events by signed HTTP: list, add, rotate, test, enable, disable, redeliver, remove."

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="word", required=True, parser_class=ArgumentParser)
        words.add_parser("list", help="the endpoints, with how much waits and was given up")
        adding = words.add_parser("add", help="a new endpoint; prints its secret, once")
        adding.add_argument("url")
        adding.add_argument("--types", nargs="*", default=[], choices=EVENT_TYPES, metavar="TYPE", help="else all")
        adding.add_argument("--description", default="")
        for word, about in WORDS.items():
            words.add_parser(word, help=about).add_argument("endpoint", type=int)

    def handle(self, *args: Any, word: str, **options: Any) -> None:
        if word == "list":
            self.show()
        elif word == "add":
            self.add(options["url"], options["types"], options["description"])
        else:
            endpoint = WebhookEndpoint.objects.filter(pk=options["endpoint"]).first()
            if endpoint is None:
                raise CommandError(f"No endpoint {options['endpoint']}.")
            self.stdout.write(getattr(self, word)(endpoint))

    def show(self) -> None:
        table = Table("id", "url", "types", "enabled", "waiting", "given up")
        count = {state: Count("deliveries", filter=Q(deliveries__state=state)) for state in State.values}
        for row in WebhookEndpoint.objects.annotate(**count).order_by("pk"):
            enabled = "yes" if row.enabled else f"no. {row.disabled_reason}"
            counted = cast(Any, row)
            table.add_row(
                str(row.pk), row.url, ", ".join(row.types) or "all", enabled, str(counted.waiting), str(counted.dead)
            )
        Console(file=cast(TextIO, self.stdout), width=150).print(table)

    def add(self, url: str, types: list[str], description: str) -> None:
        endpoint = WebhookEndpoint(url=url, types=types, description=description)
        try:
            endpoint.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        endpoint.start()
        self.stdout.write(f"Endpoint {endpoint.pk}. Its secret, shown once: {endpoint.new_secret(timezone.now())}")

    def rotate(self, endpoint: WebhookEndpoint) -> str:
        return f"The new secret, shown once: {endpoint.new_secret(timezone.now())}"

    def test(self, endpoint: WebhookEndpoint) -> str:
        result = send_test(endpoint, timezone.now())
        if not result.arrived:
            raise CommandError(f"It did not arrive: {result}")
        return f"It arrived: {result}"

    def enable(self, endpoint: WebhookEndpoint) -> str:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(enabled=True, disabled_reason="")
        return "Enabled."

    def disable(self, endpoint: WebhookEndpoint) -> str:
        endpoint.disable("By command")
        return "Disabled."

    def remove(self, endpoint: WebhookEndpoint) -> str:
        endpoint.delete()
        return "Removed."

    def redeliver(self, endpoint: WebhookEndpoint) -> str:
        dead = WebhookDelivery.objects.filter(endpoint=endpoint, state=State.DEAD)
        return f"{dead.send_again(timezone.now())} to be delivered again."
