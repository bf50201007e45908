"""Refreshing beside a bare loop that makes the same calls and writes the same rows, and a Celery task an account."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import psycopg

from benchmarks.servers import BIN, Server
from benchmarks.stage import manage, sandbox

SMALL, LARGE = 2_000, 200_000
"""Creators, with five networks each: 10,000 and 1,000,000 accounts."""
ROUNDS, ACCOUNTS, BY_TASK = 3, 4_000, 1_000
"""How many accounts are due; fewer where each is a task, which takes minutes on a slow machine."""
WARM = 500
PLENTY = {
    **{f"{name}_BUDGET": "1000000/10" for name in
       ("FACEBOOK", "INSTAGRAM", "TWITTER", "YOUTUBE", "TIKTOK", "LINKEDIN", "PINTEREST")},
    "TWITTER_DAILY_CENTS": "100000000", "YOUTUBE_DAILY_UNITS": "100000000", "LINKEDIN_DAILY_CALLS": "100000000",
}  # fmt: skip


@dataclass(frozen=True)
class Refreshed:
    seconds: float
    cpu: float
    """Seconds of CPU of all who refresh; the providers and PostgreSQL are not among them."""
    calls: int = 0
    peak_mib: float = 0.0
    accounts: int = ACCOUNTS


def run() -> None:
    os.environ |= PLENTY
    with sandbox():
        _seed(SMALL)
        small = _child("ours", *_range(0))
        _seed(LARGE - SMALL)
        places = iter(range(1, 100))
        loops: dict[str, list[Refreshed]] = {"ours": [], "bare loop": []}
        for _ in range(ROUNDS):
            for name, rounds in loops.items():
                rounds.append(_child(name, *_range(next(places))))
        celery = {"ours": _in_celery("ours", *_range(next(places)))}
        first, _ = _range(next(places))
        celery["a task an account"] = _in_celery("naive", first, first + BY_TASK - 1)
    _tell(small, {name: _median(rounds) for name, rounds in loops.items()}, celery)


def _range(place: int) -> tuple[int, int]:
    """The ids of accounts that nobody has read yet: each stretch has the same mix of networks."""
    return place * ACCOUNTS + 1, (place + 1) * ACCOUNTS


def _median(rounds: list[Refreshed]) -> Refreshed:
    return sorted(rounds, key=lambda one: one.seconds)[len(rounds) // 2]


def _tell(small: Refreshed, loops: dict[str, Refreshed], celery: dict[str, Refreshed]) -> None:
    bare = loops["bare loop"]
    print(f"\nRefresh: {ACCOUNTS:,} due of {LARGE * 5:,} accounts on seven networks, medians of {ROUNDS}\n")
    print("| one process | accounts a second | of the bare loop's | CPU an account | calls an account |")
    print("|---|---|---|---|---|")
    for name, one in loops.items():
        print(
            f"| {name} | {ACCOUNTS / one.seconds:.0f} | {bare.seconds / one.seconds:.2f} "
            f"| {one.cpu / ACCOUNTS * 1e6:.0f} us | {one.calls / ACCOUNTS:.3f} |"
        )
    print("\n| Celery, two processes | accounts a second | CPU an account |\n|---|---|---|")
    for name, one in celery.items():
        print(f"| {name} | {one.accounts / one.seconds:.0f} | {one.cpu / one.accounts * 1e6:.0f} us |")
    print(f"\nMemory at its peak: {small.peak_mib:.0f} MiB among 10,000 accounts,", end=" ")
    print(f"{loops['ours'].peak_mib:.0f} MiB among {LARGE * 5:,}")


def _seed(users: int) -> None:
    print(manage("seed_demo", "--users", str(users)).strip(), flush=True)
    manage("shell", "-v", "0", "-c", "from benchmarks.callers import rest; rest()")


def _child(name: str, first: int, last: int) -> Refreshed:
    """Refresh in a process of its own, one account after the other."""
    _prepare(first, last)
    module = "benchmarks.refreshing" if name == "ours" else "benchmarks.peers.bare_refresh"
    command = [str(BIN / "python"), "-m", module, str(first), str(last)]
    done = subprocess.run(command, check=True, env=os.environ, stdout=subprocess.PIPE, text=True)
    _all_read(first, last)
    return Refreshed(**json.loads(done.stdout.splitlines()[-1]))


def _prepare(first: int, last: int) -> None:
    """Make these accounts due, and lay their tokens open for those who have no vault."""
    manage("shell", "-v", "0", "-c", f"from benchmarks.callers import lay_open; lay_open({first}, {last})")


def _all_read(first: int, last: int) -> None:
    with psycopg.connect(os.environ["BENCH_DATABASE_URL"]) as database:
        unread = "SELECT count(*) FROM networks_socialnetwork WHERE id BETWEEN %s AND %s AND read_at IS NULL"
        if left := database.execute(unread, [first, last]).fetchone()[0]:
            raise RuntimeError(f"{left} accounts were not read")


def _in_celery(name: str, first: int, last: int) -> Refreshed:
    """Refresh with a worker of two processes, from the first account that was read to the last.

    Starting Python, and what each process does once, cost as much as some thousand accounts: they are up, and have
    read others, before any of these is due.
    """
    app = "config" if name == "ours" else "benchmarks.peers.naive_celery"
    worker = [str(BIN / "celery"), "--quiet", "-A", app, "worker", "--concurrency", "2", "--loglevel", "ERROR"]
    processes = [subprocess.Popen(worker, start_new_session=True, stdout=subprocess.DEVNULL)]
    if name == "ours":
        beat = [str(BIN / "celery"), "--quiet", "-A", "config.beat", "beat", "--loglevel", "ERROR"]
        processes.append(subprocess.Popen(beat, start_new_session=True, stdout=subprocess.DEVNULL))
    try:
        warm = first + WARM
        _make_due(name, first, warm - 1)
        _wait_until_read(first, warm - 1)
        before = _cpu_of(processes)
        _make_due(name, warm, last)
        seconds = _wait_until_read(warm, last)
        cpu = _cpu_of(processes) - before
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Refreshed(seconds, cpu, accounts=last - warm + 1)


def _make_due(name: str, first: int, last: int) -> None:
    _prepare(first, last)
    if name != "ours":
        calls = f"[refresh.delay(n) for n in range({first}, {last} + 1)]"
        send = f"from benchmarks.peers.naive_celery import refresh; {calls}"
        subprocess.run([str(BIN / "python"), "-c", send], check=True, env=os.environ)


def _cpu_of(processes: list[subprocess.Popen]) -> float:
    return sum(Server(process.pid, 0).cpu_seconds() for process in processes)


def _wait_until_read(first: int, last: int) -> float:
    timed = (
        "SELECT count(read_at), extract(epoch FROM max(read_at) - min(read_at))::float FROM networks_socialnetwork "
        "WHERE id BETWEEN %s AND %s"
    )
    with psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True) as database:
        for _ in range(1200):
            count, seconds = database.execute(timed, [first, last]).fetchone()
            if count == last - first + 1:
                return seconds
            time.sleep(0.25)
    raise RuntimeError("the accounts were not read in five minutes")


def _refresh_ours() -> None:
    """What planner and workers do, in one process: claim, read, write, until nothing is due."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import timezone

    from social_auth.refresh import batches as refreshing
    from social_auth.refresh import planning
    from social_auth.wire import http

    calls, real = [], http.call

    def counted(*arguments, **options):
        calls.append(1)
        return real(*arguments, **options)

    http.call = counted
    start, cpu = time.perf_counter(), time.process_time()
    while batches := list(planning.REFRESH.claim_due(timezone.now())):
        for batch in batches:
            refreshing.refresh_batch(batch.lane, batch.token, batch.ids)
    used = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "calls": len(calls)}
    print(json.dumps({**used, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    sys.exit(_refresh_ours())
