"""The hot path beside four peers that do the same work: the list of one's networks, over a million rows."""

import json
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from benchmarks.load import Measured, measure
from benchmarks.servers import granian
from benchmarks.stage import manage, tokens_of

SMALL, LARGE = 2_000, 200_000
"""Creators, with five networks each: 10,000 and 1,000,000 rows."""
ROUNDS, REQUESTS, WARM_UP, CALLERS = 5, 1_600, 400, 200
OURS = "Connect API"
FIRST_SEEN = f"{OURS}, each token for the first time"
SERVERS = {
    OURS: ("config.wsgi:application", "wsgi"),
    "bare WSGI + psycopg": ("benchmarks.peers.bare_wsgi:application", "wsgi"),
    "FastAPI + SQLAlchemy async": ("benchmarks.peers.fastapi_sqlalchemy:application", "asgi"),
    "Django Ninja": ("benchmarks.peers.ninja_api:application", "wsgi"),
    "stock DRF": ("benchmarks.peers.stock_drf:application", "wsgi"),
}


def run() -> None:
    print(f"Hot path: POST /api/get/networks/, 5 networks each, {ROUNDS} interleaved rounds of {REQUESTS} requests")
    print(manage("seed_demo", "--users", str(SMALL)).strip())
    small = _medians(list(SERVERS)[:1], tokens_of(CALLERS))[OURS]
    print(manage("seed_demo", "--users", str(LARGE - SMALL)).strip())
    large = _medians(list(SERVERS), tokens_of(CALLERS), fresh=tokens_of(ROUNDS * REQUESTS))
    _table(large)
    growth = large[OURS].cpu_us / small.cpu_us
    print(f"\nFrom 10,000 to 1,000,000 rows: CPU x {growth:.2f}, p99 {small.p99_ms:.1f} -> {large[OURS].p99_ms:.1f} ms")


def _table(measured: dict[str, Measured]) -> None:
    bare = measured["bare WSGI + psycopg"].cpu_us
    print("\n| server | CPU per request | of the bare callable's | p99 |\n|---|---|---|---|")
    for name, one in sorted(measured.items(), key=lambda item: item[1].cpu_us):
        print(f"| {name} | {one.cpu_us:.0f} us | {one.cpu_us / bare:.2f} | {one.p99_ms:.1f} ms |")


def _medians(names: list[str], tokens: list[str], fresh: list[str] | None = None) -> dict[str, Measured]:
    """Measure the servers in turn, so that what else the machine does falls on all of them; ours with `fresh` as well.

    A process of ours remembers whose signature it has checked, the peers check every one.
    """
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_server(name)) for name in names}
        answers = {name: measure(server, tokens, WARM_UP).answer for name, server in servers.items()}
        _same_work(answers)
        rounds: dict[str, list[Measured]] = {}
        for number in range(ROUNDS):
            for name, server in servers.items():
                rounds.setdefault(name, []).append(measure(server, tokens, REQUESTS))
            if fresh:
                new = fresh[number * REQUESTS :][:REQUESTS]
                rounds.setdefault(FIRST_SEEN, []).append(measure(servers[OURS], new, REQUESTS))
    return {
        name: Measured(statistics.median(m.cpu_us for m in all_), statistics.median(m.p99_ms for m in all_), b"")
        for name, all_ in rounds.items()
    }


@contextmanager
def _server(name: str) -> Iterator:
    target, interface = SERVERS[name]
    with granian(target, interface=interface, environment={"LOG_LEVEL": "WARNING"}) as server:
        yield server


def _same_work(answers: dict[str, bytes]) -> None:
    """Every server must have said the same about the same caller, but for the spelling of times."""
    seen = {name: json.loads(answer)["networks"] for name, answer in answers.items()}
    plain = {
        name: [{**row, "connected_at": _second(row["connected_at"])} for row in rows] for name, rows in seen.items()
    }
    if any(rows != plain[OURS] or len(rows) != 5 for rows in plain.values()):
        raise RuntimeError(f"the servers do different work: {answers}")


def _second(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
