from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connect.models import User
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.connections.links import address_of_link
from social_auth.connections.models import LASTS, LASTS_BY_HAND, ConnectLink


class Command(BaseCommand):
    help = "Make a link by which the person with that e-mail address connects an account in a browser, and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--network", choices=Network.values, help="Only this one; else the person chooses")
        parser.add_argument("--network-id", type=int, help="Reconnect this record: the same account, and no other")
        parser.add_argument("--days", type=int, help="Let it live for 1 to 7 days instead of a quarter of an hour")

    def handle(self, *args: Any, **options: Any) -> str:
        user = self.person(options["email"])
        record = self.record(user, options["network_id"])
        network = record.network if record else options["network"] or ""
        lasts = self.lasts(options["days"])
        link, secret = ConnectLink.objects.make(user, lasts=lasts, network=network, record=record)
        self.stderr.write(f"For {user.email}, once, until {link.expires_at:%Y-%m-%d %H:%M} UTC:")
        return address_of_link(secret)

    def person(self, email: str) -> User:
        users = list(User.objects.filter(email__iexact=email, is_active=True)[:2])
        if len(users) != 1:
            raise CommandError(f"{'Nobody' if not users else 'More than one person'} has the address {email}.")
        return users[0]

    def record(self, user: User, pk: int | None) -> SocialNetwork | None:
        if pk is None:
            return None
        record: SocialNetwork | None = SocialNetwork.objects.owned_by(user).filter(pk=pk).first()
        if record is None:
            raise CommandError(f"{user.email} has no network with the id {pk}.")
        return record

    def lasts(self, days: int | None) -> timedelta:
        if days is None:
            return LASTS
        if not timedelta(days=1) <= timedelta(days=min(days, 9999)) <= LASTS_BY_HAND:
            raise CommandError("--days must be 1 to 7.")
        return timedelta(days=days)
