from typing import Any

from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from connect.events.catalogue import KINDS, NETWORKS_ONLY, SIGN_IN, EventType, SignInEvent


class Command(BaseCommand):
    help = "Print docs/events.md."

    def handle(self, *args: Any, **options: Any) -> None:
        types = [(self.names(event_type), event_type.label) for event_type in EventType]
        types += [([f"{SIGN_IN}.{event_type}"], event_type.label) for event_type in SignInEvent]
        self.stdout.write(render_to_string("connect/events.md", {"types": types}), ending="")

    def names(self, event_type: EventType) -> list[str]:
        return [f"{kind}.{event_type}" for kind in (("network",) if event_type in NETWORKS_ONLY else KINDS)]
