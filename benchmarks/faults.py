"""The faults: each harms the running service for a moment and says what it did."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from typing import Any

from django.db import connection

from benchmarks.patience import patiently
from benchmarks.servers import BIN, free_port
from config import embedded
from config.environment import DATA_DIR, SOCKET_DIR
from config.stack import celery_command, planner_command, web_command, worker_command
from social_auth.sandbox.traits import EVERYBODY, set_traits

LEASE = 10
"""Seconds that a batch is held in the chaos run."""
OUTAGE = 2.0
DISCOVERIES = 60
LET_LIST = """
INSERT INTO assets_discovery (network_id, provider, due_at, lease_token, answer)
SELECT id, network, now(), 0, '' FROM networks_socialnetwork WHERE network = %s ORDER BY id LIMIT %s
ON CONFLICT (network_id) DO UPDATE SET due_at = now()
"""


class Service:
    """A web server, two workers, two beats, each in its own session; who dies is started again, as supervisors do."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: Counter[str] = Counter()
        self.hanging = ""
        """The provider that answers nobody at the moment."""
        self.web_port = free_port()
        for name in ("web", "worker-1", "worker-2", "planner", "beat-1", "beat-2"):
            self.start(name)

    def start(self, name: str) -> None:
        program, *rest = self.command(name)
        self._spawn(name, [str(BIN / program), *rest])

    def command(self, name: str) -> list[str]:
        match name.partition("-")[0]:
            case "web":
                return web_command(self.web_port)
            case "worker":
                return worker_command("-n", f"{name}@%h", log_level="CRITICAL")
            case "planner":
                return planner_command("-n", f"{name}@%h", log_level="CRITICAL")
        return celery_command("beat", "--schedule", f"{DATA_DIR}/{name}", log_level="CRITICAL")

    def _spawn(self, name: str, command: list[str]) -> None:
        self.processes[name] = subprocess.Popen(
            command, env=self.environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def signal(self, name: str, number: int) -> None:
        os.killpg(self.processes[name].pid, number)

    def kill(self, name: str) -> None:
        self.kills[name] += 1
        self.signal(name, signal.SIGKILL)
        self.processes[name].wait()
        self.start(name)

    def calm(self) -> None:
        """Let the provider that hangs answer again."""
        if self.hanging:
            set_traits(self.hanging, EVERYBODY, state="ok")
            self.hanging = ""

    def revive(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                self.start(name)

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def worker_killed(service: Service, dice: random.Random) -> str:
    name = dice.choice(["worker-1", "worker-2"])
    service.kill(name)
    return f"{name} killed with kill -9"


def planner_killed(service: Service, dice: random.Random) -> str:
    service.kill("planner")
    return "planner killed with kill -9"


def web_killed(service: Service, dice: random.Random) -> str:
    service.kill("web")
    return "web killed with kill -9"


def beat_killed(service: Service, dice: random.Random) -> str:
    name = dice.choice(["beat-1", "beat-2"])
    service.kill(name)
    return f"{name} killed with kill -9"


def worker_stopped(service: Service, dice: random.Random) -> str:
    name = dice.choice(["worker-1", "worker-2"])
    service.signal(name, signal.SIGSTOP)
    time.sleep(LEASE + 1)
    service.signal(name, signal.SIGCONT)
    return f"{name} stopped for longer than its lease"


def redis_emptied(service: Service, dice: random.Random) -> str:
    _redis().flushall()
    return "Redis emptied"


def redis_killed(service: Service, dice: random.Random) -> str:
    os.kill(int(_redis().info("server")["process_id"]), signal.SIGKILL)
    time.sleep(dice.uniform(0.2, 1.5))
    embedded._start_redis()
    return "Redis killed with kill -9, and empty again"


def postgres_restarted(service: Service, dice: random.Random) -> str:
    embedded._postgres("pg_ctl", "-D", DATA_DIR / "postgres", "-w", "-m", "immediate", "stop")
    time.sleep(dice.uniform(0.2, 1.0))
    embedded._start_postgres()
    return "PostgreSQL stopped at once, and started again"


def provider_ill(service: Service, dice: random.Random) -> str:
    network = dice.choice(["tiktok", "pinterest", "instagram", "youtube", "twitter", "facebook", "linkedin"])
    state = dice.choice(["5xx", "hang", "garbage", "throttled"])
    set_traits(network, EVERYBODY, state=state)
    time.sleep(OUTAGE)
    set_traits(network, EVERYBODY, state="ok")
    return f"{network}: {state} for {OUTAGE:.0f} s"


def provider_limits(service: Service, dice: random.Random) -> str:
    network = dice.choice(["tiktok", "pinterest", "instagram", "youtube", "facebook", "linkedin"])
    set_traits(network, EVERYBODY, state="throttled")
    time.sleep(2 * OUTAGE)
    set_traits(network, EVERYBODY, state="ok")
    return f"{network}: 429 for {2 * OUTAGE:.0f} s"


def discoveries_hang(service: Service, dice: random.Random) -> str:
    """One provider answers nobody any more, and sixty of its accounts are to be listed: the others must not wait."""
    service.hanging = dice.choice(["pinterest", "facebook", "linkedin"])
    set_traits(service.hanging, EVERYBODY, state="hang")
    patiently(lambda: _make_discoveries_due(service.hanging))
    time.sleep(OUTAGE)
    return f"{service.hanging}: hangs from now on, with {DISCOVERIES} accounts to be listed"


def _make_discoveries_due(network: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LET_LIST, [network, DISCOVERIES])


def _redis() -> Any:
    import redis

    return redis.Redis(unix_socket_path=str(SOCKET_DIR / "redis.sock"))


FAULTS = (
    worker_killed, planner_killed, beat_killed, web_killed, worker_stopped,
    redis_emptied, redis_killed, postgres_restarted, provider_ill, provider_limits, discoveries_hang,
)  # fmt: skip
