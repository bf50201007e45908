from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connect.models import User
from social_auth.sign_in.staff import second_factor


class Command(BaseCommand):
    help = "Take the second factor off an account whose device is lost, and end its sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        had_one = second_factor.forget(user)
        self.stdout.write(f"{user}: {'the second factor is gone' if had_one else 'had none'}; all sessions ended.")
