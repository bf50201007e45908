"""A year of connections on a virtual clock: make year YEAR="--accounts 2000 --days 365 --seed 1"."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SHARD_FROM = 400
"""So many accounts are worth a second process."""
STEP = 120
"""Minutes of virtual time that are worked off together."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--step", type=int, default=STEP, help="minutes that are worked off together")
    parser.add_argument("--trouble", type=int, default=1, help="how many times as often things happen and go wrong")
    parser.add_argument("--networks", default="", help="live on these alone, separated by commas")
    parser.add_argument("--watch", default="", help="an account, as findings name it, of which every call is printed")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="connect-year-") as folder:
        _surroundings(folder)
        from config.embedded import development_services

        with development_services():
            sys.exit(run(wanted, Path(folder)))


def _surroundings(folder: str) -> None:
    """Servers of their own, and the settings of production where development's are shorter."""
    os.environ |= {"CONNECT_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "CRITICAL"}
    os.environ |= {"CONNECT_CONFIRM_DEAD_AFTER": "600", "CONNECT_CONFIRM_ALONE_AFTER": str(12 * 3600)}
    os.environ |= {"CONNECT_REFRESH_RETRY": "300", "CONNECT_REFRESH_COOLDOWN": "900"}
    os.environ |= dict.fromkeys(("CONNECT_THROTTLE_ADDRESS", "CONNECT_THROTTLE_USER"), "1000000/60")
    os.environ["CONNECT_THROTTLE_CONNECT"] = "1000000/3600"
    os.environ["CONNECT_AGREEMENTS"] = "youtube,pinterest"  # so that all that can be kept and computed is
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)


def run(wanted: Any, folder: Path) -> int:
    """Let the accounts live, in two processes if there are many; return the exit code."""
    from benchmarks.year.telling import tell

    began = time.monotonic()
    _migrate()
    shards = 2 if wanted.accounts >= SHARD_FROM else 1
    print(f"seed {wanted.seed}: {wanted.accounts:,} accounts, {wanted.days} days, {shards} processes", flush=True)
    results = [folder / f"result-{number}.json" for number in range(shards)]
    running = [_shard(number, wanted.accounts // shards, wanted, result) for number, result in enumerate(results)]
    if any(process.wait() for process in running):
        print("a process of the simulation failed", flush=True)
        return 2
    return tell([json.loads(result.read_text()) for result in results], wanted.days, time.monotonic() - began)


def _migrate() -> None:
    from config.embedded import fresh_database
    from config.environment import embedded_database_url

    fresh_database("year")
    manage = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(manage, check=True, env=os.environ | {"DATABASE_URL": embedded_database_url("year")})


def _shard(number: int, accounts: int, wanted: Any, result: Path) -> subprocess.Popen[bytes]:
    """Start the process of a part of the accounts, on a database and a Redis of its own."""
    from config.embedded import _psql
    from config.environment import EMBEDDED_REDIS_URL, embedded_database_url

    database = f"year_{number}"
    _psql("-c", f"CREATE DATABASE {database} TEMPLATE year")
    servers = {
        "DATABASE_URL": embedded_database_url(database),
        "REDIS_URL": f"{EMBEDDED_REDIS_URL}?db={number + 1}",
    }
    asked = {name: getattr(wanted, name) for name in ("days", "step", "trouble", "watch", "networks")}
    asked |= {"accounts": accounts, "seed": wanted.seed * 10 + number, "database": database, "result": result}
    options = [f"--{name}={value}" for name, value in asked.items()]
    return subprocess.Popen([sys.executable, "-m", "benchmarks.year.shard", *options], env=os.environ | servers)


if __name__ == "__main__":
    main()
