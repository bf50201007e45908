import getpass
from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from connect.models import User
from connect.moderation import kinds
from connect.moderation.waiting import waiting
from connect.moderation.workflow import (
    STAFF_DECISIONS,
    TRANSITIONS,
    InvalidTransition,
    ReasonMissing,
    Status,
    is_reason,
)
from connect.network_table import Network

COLUMNS = ("record", "network", "account", "creator", "status", "since", "verified", "followers")


class Command(BaseCommand):
    help = "List what waits for staff, or accept, reject, suspend, reinstate. Records go by names such as page:12."

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="word", required=True, parser_class=ArgumentParser)
        listing = words.add_parser("list", help="longest waiting first")
        listing.add_argument("--status", choices=Status.values, default="", help="else what waits, appeals included")
        listing.add_argument("--kind", choices=sorted(kinds.kinds()), default="")
        listing.add_argument("--network", choices=Network.values, default="")
        listing.add_argument("--limit", type=int, default=50)
        for decision in STAFF_DECISIONS:
            deciding = words.add_parser(decision)
            deciding.add_argument("records", nargs="+", metavar="RECORD", help="such as network:7 or page:12")
            deciding.add_argument("--reason", default="", help="needed to reject, to suspend and to uphold")
            deciding.add_argument("--share", action="store_true", help="let the creator read the reason")
            deciding.add_argument("--by", help="the e-mail of the member of staff who decided; else you are named")

    def handle(self, *args: Any, word: str, **options: Any) -> None:
        if word == "list":
            self.show(**{name: options[name] for name in ("status", "kind", "network", "limit")})
        else:
            self.decide(word, options["records"], by=options["by"], reason=options["reason"], share=options["share"])

    def show(self, status: str, kind: str, network: str, limit: int) -> None:
        if limit < 1:
            raise CommandError("--limit starts at 1.")
        table = Table()
        for column in COLUMNS:
            table.add_column(column, justify="right" if column == "followers" else "left", overflow="fold")
        for row in waiting(status=status, noun=kind, network=network, most=limit):
            count = "not known" if row.followers is None else f"{row.followers:,}"
            since = f"{(timezone.now() - row.status_changed_at).days} d"
            proof = row.get_verification_level_display() if row.verified else "no"
            account = (kinds.name_of(row), row.network, row.external_id, str(row.user), row.status, since)
            table.add_row(*account, proof, count)
        Console(file=cast(TextIO, self.stdout), width=150).print(table)

    def decide(self, decision: str, names: list[str], *, by: str | None, reason: str, share: bool) -> None:
        """Decide on each record; print which were skipped and why, and fail if any was."""
        records = {name: kinds.find(name) for name in names}
        if missing := [name for name, row in records.items() if row is None]:
            raise CommandError(f"No such record: {', '.join(missing)}. Nothing was changed.")
        staff = self.staff(by)
        why = {"reason": self.checked(decision, reason), "share": share}
        via = "" if staff else f"{getpass.getuser()}, by command"
        skipped = 0
        for name, row in records.items():
            try:
                cast(Any, row).transition(decision, by=staff, via=via, **why)
                self.stdout.write(f"{name}: {cast(Any, row).status}")
            except InvalidTransition as error:
                skipped += 1
                self.stderr.write(f"{name}: skipped. {error.message}")
        if skipped:
            raise CommandError(f"{skipped} of {len(records)} skipped.")

    def checked(self, decision: str, reason: str) -> str:
        if TRANSITIONS[decision].needs_reason and not is_reason(reason, of_staff=True):
            raise CommandError(f"{ReasonMissing().message}: --reason")
        return reason[:500]

    def staff(self, email: str | None) -> User | None:
        if email is None:
            return None
        user = User.objects.filter(email__iexact=email, is_staff=True, is_active=True).first()
        if user is None:
            raise CommandError(f"{email} is no member of the staff.")
        return user
