from typing import Any

from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from connect.events.catalogue import KINDS, NETWORKS_ONLY, SIGN_IN, EventType, SignInEvent


class Command(BaseCommand):
    help = "Print docs/events.md."

    def handle(self, *args: Any, **options: Any) -> None:
        types = [(self.names(what), what.label) for what in EventType]
        types += [([f"{SIGN_IN}.{what}"], what.label) for what in SignInEvent]
        self.stdout.write(render_to_string("connect/events.md", {"types": types}), ending="")

    def names(self, what: EventType) -> list[str]:
        return [f"{kind}.{what}" for kind in (("network",) if what in NETWORKS_ONLY else KINDS)]
