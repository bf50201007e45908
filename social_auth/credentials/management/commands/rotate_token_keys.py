from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError

from connect.secret_keys.keyring import WrongKey
from social_auth.credentials import key_checks, key_holders, sealed_kinds, vault
from social_auth.credentials.sealed_kinds import SealedKind


class Command(BaseCommand):
    help = "Re-encrypt every secret under the newest key while everything runs. Interrupted, it goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--check", action="store_true", help="say who lacks which key; exits 1 if anybody does")

    def handle(self, *args: Any, dry_run: bool, check: bool, **options: Any) -> None:
        try:
            key_checks.check_keys()
            if check:
                return self.check_holders()
            key_checks.check_turn()
        except WrongKey as error:
            raise CommandError(str(error)) from None
        return self.rotate(dry_run=dry_run)

    def check_holders(self) -> None:
        """Print for each key which processes lack it: if none lacks the newest, it may be put first."""
        try:
            holders = key_holders.holders()
        except redis.RedisError:
            raise CommandError("Redis is away: nobody can tell which processes run.") from None
        lacking = {key_id: [name for name in holders if key_id not in holders[name]] for key_id in vault.key_ids()}
        for key_id, names in lacking.items():
            state = f"not known to {', '.join(names)}" if names else f"known to all {len(holders)} processes"
            self.stdout.write(f"{key_id}: {state}")
        if not holders or any(lacking.values()):
            raise CommandError("Not every process has every key: leave the new one last, and restart these.")

    def rotate(self, *, dry_run: bool) -> None:
        kinds = sealed_kinds.all_kinds()
        if dry_run:
            waiting = sum(_length(kind.under_old_keys()) for kind in kinds)
            self.stdout.write(f"{waiting} to re-encrypt under {vault.newest_key()!r}.")
            return
        resealed = sum(self.reseal(kind, pk) for kind in kinds for pk in kind.under_old_keys())
        kept_aside = self.count_kept_aside()
        remaining = sum(_length(kind.under_old_keys()) for kind in kinds) + kept_aside
        self.stdout.write(f"{resealed} re-encrypted under {vault.newest_key()!r}, {remaining} left under older keys.")
        if kept_aside:
            self.stdout.write(f"{kept_aside} of these are kept aside in Redis, for seven days at most: run this again.")

    def count_kept_aside(self) -> int:
        """Renewals that wait in Redis to be written, sealed under an older key: that key must not be removed yet."""
        try:
            return sealed_kinds.count_kept_aside()
        except redis.RedisError:
            raise CommandError("Redis is away: what is kept there may need the older keys. Run this again.") from None

    def reseal(self, kind: SealedKind, pk: Any) -> int:
        try:
            return kind.reseal(pk)
        except vault.Undecipherable as error:
            self.stderr.write(f"{kind.name} {pk}: {error}")
            return 0


def _length(ids: Iterable[Any]) -> int:
    return sum(1 for _ in ids)
