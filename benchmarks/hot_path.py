"""The hot path beside four peers that do the same work: the list of one's networks, over a million rows."""

import json
import statistics
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import cycle, islice

from benchmarks.load import Measured, measure
from benchmarks.servers import granian
from benchmarks.stage import manage, settle, tokens_of

SMALL, LARGE = 2_000, 200_000
"""Creators, with five networks each: 10,000 and 1,000,000 rows."""
ROUNDS, REQUESTS, WARM_UP = 5, 1_600, 400
OURS = "Connect API"
BARE = "bare WSGI + psycopg"
KNOWN = f"{OURS}, tokens it has met before"
SERVERS = {
    OURS: ("config.wsgi:application", "wsgi"),
    BARE: ("benchmarks.peers.bare_wsgi:application", "wsgi"),
    "FastAPI + SQLAlchemy async": ("benchmarks.peers.fastapi_sqlalchemy:application", "asgi"),
    "Django Ninja": ("benchmarks.peers.ninja_api:application", "wsgi"),
    "stock DRF": ("benchmarks.peers.stock_drf:application", "wsgi"),
}


def run() -> None:
    print(f"Hot path: POST /api/get/networks/, 5 networks each, {ROUNDS} interleaved rounds of {REQUESTS} requests")
    print(manage("seed_demo", "--users", str(SMALL)).strip())
    small = _medians([OURS, BARE], tokens_of(SMALL))
    print(manage("seed_demo", "--users", str(LARGE - SMALL)).strip())
    large = _medians(list(SERVERS), tokens_of(WARM_UP + ROUNDS * REQUESTS))
    _table(large)
    print("\nFrom 10,000 to 1,000,000 rows (measured minutes apart):")
    for name in (KNOWN, BARE):
        cpu, p99 = large[name].cpu_us / small[name].cpu_us, large[name].p99_ms / small[name].p99_ms
        print(f"{name}: CPU x {cpu:.2f}, p99 x {p99:.2f}")


def _table(measured: dict[str, Measured]) -> None:
    bare = measured[BARE].cpu_us
    print("\n| server | CPU per request | of the bare callable's | p99 |\n|---|---|---|---|")
    for name, one in sorted(measured.items(), key=lambda item: item[1].cpu_us):
        print(f"| {name} | {one.cpu_us:.0f} us | {one.cpu_us / bare:.2f} | {one.p99_ms:.1f} ms |")


def _medians(names: list[str], tokens: list[str]) -> dict[str, Measured]:
    """Measure the servers in turn, so that what else the machine does falls on all of them.

    A process of ours remembers whose signature it has checked, the peers check every one: so each call has a token
    that its server has not met, as long as there are so many, and ours is asked the same once more.
    """
    met, new = tokens[:WARM_UP], cycle(tokens[WARM_UP:])
    settle()
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_server(name)) for name in names}
        answers = {name: measure(server, met, WARM_UP).answer for name, server in servers.items()}
        _same_work(answers)
        turns, rounds = deque(servers), dict[str, list[Measured]]()
        for _ in range(ROUNDS):
            asked = list(islice(new, REQUESTS))
            for name in turns:
                rounds.setdefault(name, []).append(measure(servers[name], asked, REQUESTS))
            turns.rotate()  # who asks first has PostgreSQL read the rows from disk
            rounds.setdefault(KNOWN, []).append(measure(servers[OURS], asked, REQUESTS))
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
