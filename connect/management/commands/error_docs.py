from typing import Any

from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from connect.api.error_catalogue import catalogue


class Command(BaseCommand):
    help = "Print docs/errors.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(render_to_string("connect/errors.md", {"errors": catalogue()}), ending="")
