"""`make chaos`: real processes, many accounts that are due, faults of every kind, and the counts afterwards.

It runs on servers of its own, in a folder of its own. Nothing that is due may be lost, nothing written twice.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from threading import Lock, Thread
from typing import Any

TRIGGER = """
CREATE TABLE chaos_commits (id bigint);
CREATE FUNCTION chaos_commit() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO chaos_commits VALUES (NEW.id); RETURN NEW; END $$;
CREATE TRIGGER chaos_commit AFTER UPDATE ON networks_socialnetwork FOR EACH ROW
  WHEN (OLD.read_at IS DISTINCT FROM NEW.read_at) EXECUTE FUNCTION chaos_commit();
"""
SECONDS_A_FAULT = 4.0
"""About how long a fault and the wait for the next one take."""
PATIENCE = 240
"""Seconds after the last fault within which everything must have been read."""
SLOWEST, NEEDLESS = 60, 0.01
"""Seconds after a fault until the oldest due row is attempted, and the share of calls made for nothing: the most."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="connect-chaos-") as folder:
        _surroundings(folder)
        from config.embedded import development_services

        with development_services():
            sys.exit(run(wanted.accounts, wanted.faults, wanted.seed))


def _surroundings(folder: str) -> None:
    """Servers of their own, a short lease, and budgets that are not what is tried here."""
    os.environ |= {"CONNECT_DATA_DIR": folder, "CONNECT_REFRESH_LEASE": "10", "CONNECT_REFRESH_RETRY": "3"}
    os.environ["CONNECT_REFRESH_COOLDOWN"] = "3600"  # what the app asks for is read once, as everything is
    names = ("FACEBOOK", "INSTAGRAM", "TWITTER", "YOUTUBE", "TIKTOK", "LINKEDIN", "PINTEREST")
    os.environ |= {f"{name}_BUDGET": "1000000/10" for name in names}
    os.environ |= {"TWITTER_DAILY_CENTS": "100000000", "YOUTUBE_DAILY_UNITS": "100000000"}
    os.environ |= {"LINKEDIN_DAILY_CALLS": "100000000", "DJANGO_SETTINGS_MODULE": "config.settings"}
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)


def run(accounts: int, faults: int, seed: int) -> int:
    """Return 0 if nothing was lost, nothing was written twice and few calls were made twice."""
    import django
    from django.core.management import call_command

    django.setup()
    from benchmarks.app import App
    from benchmarks.faults import FAULTS, Service
    from social_auth.demo.seeding import PER_USER
    from social_auth.demo.seeding import seed as make_accounts

    call_command("migrate", verbosity=0)
    total, _ = make_accounts(accounts // PER_USER)
    sandbox = _sandbox()
    _prepare(faults * SECONDS_A_FAULT)
    print(f"seed {seed}: {total:,} accounts due, {faults} faults", flush=True)
    dice, slowest = random.Random(seed), 0.0
    service = Service({**os.environ, "CONNECT_PROVIDER_PROXY": sandbox.url})
    app = App(service.web_port)
    try:
        for number in range(faults):
            time.sleep(dice.uniform(0.3, 1.5))
            service.calm()
            done = dice.choice(FAULTS)(service, dice)
            service.revive()
            waited = _attempted_after(service.hanging)
            slowest = max(slowest, waited)
            print(f"{number + 1:3}. {done}; the oldest due was attempted {waited:.1f} s later", flush=True)
        service.calm()
        _until_read(total, service)
    finally:
        app.stop()
        service.stop()
        sandbox.shutdown()
    return _judge(total, sandbox, app, app.fine(service.kills["web"]) and slowest <= SLOWEST, slowest)


def _prepare(seconds: float) -> None:
    """Let the accounts fall due all through the faults, and count from now on what is written."""
    from django.db import connection

    with connection.cursor() as cursor:
        due = (
            "UPDATE networks_socialnetwork SET read_at = NULL, next_refresh_at = now() + random() * %s * interval '1 s'"
        )
        cursor.execute(due, [seconds])
        cursor.execute(TRIGGER)


def _sandbox() -> Any:
    """The sandbox in this process, counting its answers and what of them had been said before."""
    from social_auth.sandbox.server import Sandbox

    class CountingSandbox(Sandbox):
        def __init__(self, port: int) -> None:
            super().__init__(port)
            self.reads: set[str] = set()
            self.answered, self.needless = 0, 0.0
            self.lock = Lock()

        def provider_answer(self, call: Any, token: Any) -> Any:
            reply = super().provider_answer(call, token)
            if reply.status == 200 and not isinstance(reply.body, bytes):
                self.count(_asked(call, token))
            return reply

        def count(self, asked: list[str]) -> None:
            """Count a call that was answered, and the part of it that had been answered before."""
            with self.lock:
                self.answered += bool(asked)
                self.needless += sum(one in self.reads for one in asked) / max(len(asked), 1)
                self.reads.update(asked)

    server = CountingSandbox(0)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def _asked(call: Any, token: Any) -> list[str]:
    """The accounts that a call asks about."""
    if named := call.params.get("ids") or ("statistics" in call.params.get("part", "") and _channels(call)):
        return named.split(",")
    if batch := call.params.get("batch"):
        return [f"facebook item {item}" for item in batch.split("access_token=")[1:]]
    reads = ("/me", "/user/info", "/userinfo", "/user_account")
    return [f"{token.network}:{token.account}"] if token and call.path.rstrip("/").endswith(reads) else []


def _channels(call: Any) -> str:
    """The channels whose numbers are asked for; posts are read by other calls."""
    return call.params.get("id", "") if call.path.endswith("/channels") else ""


def _attempted_after(hanging: str) -> float:
    """Seconds until the row that has been due longest is taken by a worker; 0 if none is due.

    Of a provider that hangs nothing is asked: what counts is that the others go on.
    """
    from django.utils import timezone

    from benchmarks.patience import patiently
    from social_auth.refresh.planning import refreshable

    start = time.monotonic()
    rows = refreshable().exclude(network=hanging)
    oldest = patiently(
        lambda: rows.filter(next_refresh_at__lte=timezone.now()).order_by("next_refresh_at", "pk").first()
    )
    if oldest is None:
        return 0.0
    while time.monotonic() - start < PATIENCE:
        row = patiently(lambda: refreshable().get(pk=oldest.pk))
        if (row.lease_token, row.read_at) != (oldest.lease_token, oldest.read_at):
            break
        time.sleep(0.1)
    return time.monotonic() - start


def _until_read(total: int, service: Any) -> None:
    from benchmarks.patience import patiently
    from networks.models import SocialNetwork

    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not patiently(SocialNetwork.objects.filter(read_at__isnull=True).count):
            return
        service.revive()
        time.sleep(0.3)


def _judge(total: int, sandbox: Any, app: Any, fine: bool, slowest: float) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT id) FROM chaos_commits")
        commits, read = cursor.fetchone()
    extra = sandbox.needless / max(sandbox.answered, 1)
    print(f"{read:,} of {total:,} read, {total - read:,} lost, {commits - read:,} written twice,")
    print(f"{sandbox.answered:,} provider calls, {extra:.2%} of them for nothing,")
    print(f"the app called {sum(app.answers.values()):,} times: {app.told()},")
    print(f"the account due longest was attempted {slowest:.1f} s after a fault at most.")
    well = fine and read == total and commits == read and extra <= NEEDLESS
    print("All is well." if well else "THAT IS NOT WELL.", flush=True)
    return 0 if well else 1


if __name__ == "__main__":
    main()
