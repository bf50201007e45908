from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from social_auth.sandbox.server import Sandbox


class Command(BaseCommand):
    help = "Run the seven providers' sandbox. A development tool: production refuses."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.CONNECT_ENV == "production":
            raise CommandError("The sandbox does not run in production.")
        try:
            sandbox = Sandbox(settings.SANDBOX_PORT)
        except OSError as error:
            raise CommandError(f"Port {settings.SANDBOX_PORT}: {error.strerror}") from None
        self.stdout.write(f"Sandbox of seven providers on {sandbox.url}")
        try:
            sandbox.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Sandbox stopped.")
        finally:
            sandbox.server_close()
