from argparse import ArgumentParser
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from social_auth.connections import exchanges
from social_auth.credentials import key_holders, rescue, vault
from social_auth.credentials.models import Credential, Revocation
from social_auth.notices.models import WebhookSecret
from social_auth.sign_in.staff import adapter as secrets


class Command(BaseCommand):
    help = "Re-encrypt every secret under the newest key while everything runs. Interrupted, it goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--check", action="store_true", help="say who lacks which key; exits 1 if anybody does")

    def handle(self, *args: Any, dry_run: bool, check: bool, **options: Any) -> None:
        try:
            vault.check_keys()
            if check:
                return self.check_holders()
            vault.check_turn()
        except vault.WrongKey as error:
            raise CommandError(str(error)) from None
        return self.rotate(dry_run=dry_run)

    def check_holders(self) -> None:
        """Tell of each key who lacks it: with a new key last, whether it may be put first."""
        try:
            holders = key_holders.holders()
        except redis.RedisError:
            raise CommandError("Redis is away: nobody can tell which processes run.") from None
        lacking = {key_id: [name for name in holders if key_id not in holders[name]] for key_id in vault.key_ids()}
        for key_id, names in lacking.items():
            word = f"not known to {', '.join(names)}" if names else f"known to all {len(holders)} processes"
            self.stdout.write(f"{key_id}: {word}")
        if not holders or any(lacking.values()):
            raise CommandError("Not every process has every key: leave the new one last, and restart these.")

    def rotate(self, *, dry_run: bool) -> None:
        old = [
            Credential.objects.under_old_keys(),
            Revocation.objects.filter(finished_at__isnull=True).under_old_keys(),
            WebhookSecret.objects.under_old_keys(),
        ]
        factors = secrets.under_old_keys()
        if dry_run:
            self.stdout.write(
                f"{sum(rows.count() for rows in old) + len(factors)} to re-encrypt under {vault.newest_key()!r}."
            )
            return
        done = sum(self.reseal(rows.model, pk) for rows in old for pk in rows.values_list("pk", flat=True).iterator())
        done += sum(self.reseal_factor(pk) for pk in factors)
        kept_aside = self.count_kept_aside()
        left = sum(rows.count() for rows in old) + len(secrets.under_old_keys()) + kept_aside
        self.stdout.write(f"{done} re-encrypted under {vault.newest_key()!r}, {left} left under older keys.")
        if kept_aside:
            self.stdout.write(f"{kept_aside} of these are kept aside in Redis, for seven days at most: run this again.")

    def count_kept_aside(self) -> int:
        """What comes into the database from Redis as it is sealed: before it is gone, no key may be."""
        try:
            return exchanges.count_under_old_keys() + rescue.count_under_old_keys()
        except redis.RedisError:
            raise CommandError("Redis is away: what is kept there may need the older keys. Run this again.") from None

    @transaction.atomic
    def reseal(self, model: Any, pk: int) -> int:
        """Re-encrypt one row under its lock, so that a renewal at the same moment is not overwritten."""
        row = model.objects.select_for_update().filter(pk=pk).under_old_keys().first()
        if row is None:
            return 0
        try:
            row.seal(row.open())
        except vault.Undecipherable as error:
            self.stderr.write(f"{row}: {error}")
            return 0
        row.save(update_fields=row.sealed())
        return 1

    def reseal_factor(self, pk: int) -> int:
        try:
            return secrets.reseal(pk)
        except vault.Undecipherable as error:
            self.stderr.write(f"Second factor {pk}: {error}")
            return 0
