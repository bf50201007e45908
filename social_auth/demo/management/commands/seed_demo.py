from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connect.errors import ApiError
from connect.models import User
from connect.moderation.workflow import Status
from networks.models import SocialNetwork
from social_auth.connections.connection import connect_account
from social_auth.demo.fortnight import MODERATORS, Fortnight, moderators_of
from social_auth.demo.seeding import seed
from social_auth.providers.records import Posted
from social_auth.sandbox.tokens import mint
from social_auth.wire.outcomes import Outcome

PASSWORD = "connect-demo"
CONNECTED = ("instagram", "youtube", "twitter", "tiktok")
CLAIMS = (
    ("networks.SocialNetwork", "facebook", "demo.creator", ""),
    ("pages.SocialPage", "facebook", "demofashion", "Demo Fashion"),
    ("walls.SocialWall", "instagram", "demowall", "Demo Wall"),
    ("channels.SocialChannel", "youtube", "demochannel", "Demo Channel"),
)


class Command(BaseCommand):
    help = "Make the demo creator, the demo moderator and what they look at. Refuses outside development."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, help="instead, so many made-up creators with five networks each")

    def handle(self, *args: Any, users: int | None, **options: Any) -> None:
        if settings.CONNECT_ENV != "development":
            raise CommandError("Demo data is for development only.")
        if users is not None:
            return self.many(users)
        creator = self.person("demo@example.com")
        staff = self.person("staff@example.com", is_staff=True, is_superuser=True)
        for network in CONNECTED:
            self.connect(creator, network)
        for label, network, name, title in CLAIMS:
            self.claim(creator, label, network, name, title)
        waiting = SocialNetwork.objects.owned_by(creator).filter(network="twitter", status=Status.PENDING).first()
        if waiting:
            waiting.accept(by=staff, reason="Checked against the profile")
        if not User.objects.filter(username__in=MODERATORS).exists():
            records = Fortnight(timezone.now(), moderators_of(self.person)).seed()
            self.stdout.write(f"{records} records of two weeks, and {len(MODERATORS)} moderators.")
        self.stdout.write(f"{creator} has {SocialNetwork.objects.owned_by(creator).count()} networks.")
        return None

    def many(self, users: int) -> None:
        if not 1 <= users <= 10_000_000:
            raise CommandError("--users is from 1 to 10,000,000.")
        networks, seconds = seed(users)
        self.stdout.write(f"{users:,} creators with {networks:,} networks in {seconds:.0f} s.")

    def person(self, email: str, **traits: Any) -> User:
        user, created = User.objects.get_or_create(username=email, defaults={"email": email, **traits})
        if created:
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def connect(self, creator: User, network: str) -> None:
        """Connect through the sandbox; another stand-in knows no such account, and that is fine."""
        if SocialNetwork.objects.owned_by(creator).filter(network=network).exists():
            return
        token = mint(network, "demo")
        try:
            connect_account(creator, network, Posted(str(token), token.holder.uid(token.app)))
        except (Outcome, ApiError) as error:
            self.stderr.write(f"{network} is not connected: {error}")

    def claim(self, creator: User, label: str, network: str, name: str, title: str) -> None:
        model: Any = apps.get_model(label)
        if model.objects.owned_by(creator).filter(network=network).exists():
            return
        named = {"name": title} if title else {}
        url = f"https://{network}.com/{name}"
        model.objects.submit(
            user=creator, network=network, external_id=name, url=url, followers=8000, category="fashion", **named
        )
