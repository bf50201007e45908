import hashlib
import re
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connect.database.retries import retried
from connect.network_table import Network
from social_auth.callbacks.requests import listed_for_deletion

AN_ID = re.compile(r"[0-9]{1,64}")


class Command(BaseCommand):
    help = (
        "Erase what we have of the accounts in a list that Meta mailed, one user id a line, as its data-deletion "
        "callback would. What was connected after the list was made stays. The same list again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", choices=[Network.FACEBOOK.value, Network.INSTAGRAM.value], metavar="NETWORK")
        parser.add_argument("file", type=Path)
        parser.add_argument("--sent", help="when Meta made the list, such as 2027-01-31; else when FILE was written")

    def handle(self, *args: Any, network: str, file: Path, sent: str | None, **options: Any) -> None:
        try:
            raw = file.read_bytes()
            made_at = self.moment(sent) if sent else datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        ids, unreadable = self.ids_in(raw)
        name = hashlib.sha256(raw).digest()
        erased = sum(self.erase(network, uid, name, made_at) for uid in ids)
        self.stdout.write(f"{erased} done, {len(ids) - erased} unknown.")
        if unreadable:
            raise CommandError(f"No user id, and left out: line {', '.join(map(str, unreadable[:20]))}.")

    def ids_in(self, raw: bytes) -> tuple[list[str], list[int]]:
        """Return each id once, in order, and the numbers of the lines that are no ids."""
        lines = [line.strip() for line in raw.decode("utf-8-sig", "replace").splitlines()]
        ids = dict.fromkeys(line for line in lines if AN_ID.fullmatch(line))
        return list(ids), [number for number, line in enumerate(lines, 1) if line and not AN_ID.fullmatch(line)]

    def erase(self, network: str, uid: str, name: bytes, made_at: datetime) -> bool:
        return retried(lambda: listed_for_deletion(network, uid, name, sent=made_at))

    def moment(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(f"{text!r} is no moment: write it as 2027-01-31.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
