"""`make upgrade`: the last release and this version, one after the other and side by side, under calls all the time.

The old release serves a database of its own, which this version migrates; both serve, the old one goes, and comes back.
Counted are calls that were not answered as they should be, and how long a call waited for a lock.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg

from benchmarks.servers import BIN, Server, free_port
from benchmarks.stage import beside, database, dsn, manage
from benchmarks.traffic import Traffic
from config.environment import BASE_DIR

RELEASE = "b09ccb07"
"""The commit of 0.1.0."""
PHASE = 10.0
"""The seconds for which each state is kept."""
WAITS = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::float FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database() AND query NOT LIKE '%CONCURRENTLY%'
"""
CLAIM = """
from django.utils import timezone
from social_auth.refresh.planning import REFRESH
from datetime import timedelta
claims = [claim for claim in REFRESH.claim_due(timezone.now() + timedelta(hours=6))]
print(sorted(pk for claim in claims for pk in claim.ids))
"""


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--networks", type=int, default=20_000)
    wanted.add_argument("--release", default=RELEASE)
    options = wanted.parse_args()
    with database(), beside("connect_upgrade") as url, _checkout(options.release) as old, ExitStack() as stack:
        os.environ["DATABASE_URL"] = url
        manage("migrate", "--verbosity", "0", cwd=old)
        print(manage("seed_demo", "--users", str(options.networks // 5), cwd=old).strip(), flush=True)
        script = "from benchmarks.callers import tokens; import json; print(json.dumps(tokens(500)))"
        traffic = Traffic(json.loads(manage("shell", "-v", "0", "-c", script, cwd=old).splitlines()[-1]))
        first = stack.enter_context(_web(old))
        traffic.ports = [first.port]
        waited = stack.enter_context(_watched(dsn(url)))
        with traffic.running():
            _keep("0.1.0 alone", traffic, waited)
            manage("migrate", "--verbosity", "0")
            _keep("0.1.0 on the migrated database", traffic, waited)
            with _web(BASE_DIR) as new:
                traffic.ports = [first.port, new.port]
                _keep("both", traffic, waited)
                taken = [json.loads(manage("shell", "-v", "0", "-c", CLAIM, cwd=tree)) for tree in (old, BASE_DIR)]
                traffic.ports = [new.port]
                _keep("the new one alone", traffic, waited)
                traffic.ports = [first.port]
                _keep("back to 0.1.0", traffic, waited)
        twice = set(taken[0]) & set(taken[1])
        print(f"planners of both took {len(taken[0]):,} and {len(taken[1]):,} accounts, {len(twice)} of them twice")
        for error, count in Counter(traffic.broken).most_common(5):
            print(f"{count} x {error}")
    sys.exit(bool(traffic.broken or twice or max(waited) > 0.5))


def _keep(state: str, traffic: Traffic, waited: list[float]) -> None:
    """Let the callers go on for a while; what is told counts from the end of the state before."""
    before, broken = traffic.told.total(), len(traffic.broken)
    time.sleep(PHASE)
    calls, lost = traffic.told.total() - before, len(traffic.broken) - broken
    print(f"{state}: {calls:,} calls, {lost} broken; longest wait for a lock so far {max(waited):.3f} s", flush=True)


@contextmanager
def _checkout(commit: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "release")
        git = ["git", "-C", str(BASE_DIR), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


@contextmanager
def _web(tree: Path) -> Iterator[Server]:
    port = free_port()
    serve = "--interface wsgi --workers 1 --blocking-threads 8 --no-ws --log-level error config.wsgi:application"
    command = [str(BIN / "granian"), "--host", "127.0.0.1", "--port", str(port), *serve.split()]
    process = subprocess.Popen(command, cwd=tree, env={**os.environ, "LOG_LEVEL": "ERROR"}, start_new_session=True)
    server = Server(process.pid, port)
    try:
        server.wait()
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _watched(address: str) -> Iterator[list[float]]:
    """How long anybody has waited for a lock, looked at fifty times a second."""
    seen, ended = [0.0], Event()

    def watch() -> None:
        with psycopg.connect(address, autocommit=True) as other:
            while not ended.wait(0.02):
                seen.append(other.execute(WAITS).fetchone()[0])

    thread = Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
