"""Real processes of the service, started on a test's own database and Redis."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.environment import BASE_DIR
from config.stack import planner_command

BIN = Path(sys.executable).parent


def database_url() -> str:
    """The test database, as a process of its own would be told."""
    at = connection.settings_dict
    login = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    place = at["HOST"] if at["HOST"].startswith("/") else f"{at['HOST']}:{at['PORT'] or 5432}"
    return (
        f"postgres://{login}@/{place}/{at['NAME']}"
        if place.startswith("/")
        else f"postgres://{login}@{place}/{at['NAME']}"
    )


def worker() -> AbstractContextManager[subprocess.Popen[bytes]]:
    return _celery("worker", "--concurrency", "2", "--loglevel", "ERROR")


def planner() -> AbstractContextManager[subprocess.Popen[bytes]]:
    """The planner, as the service itself starts it."""
    return _celery(*planner_command()[4:])


def beat() -> AbstractContextManager[subprocess.Popen[bytes]]:
    return _celery("beat", "--loglevel", "ERROR", app="config.beat")


@contextmanager
def _celery(*arguments: str, app: str = "config") -> Iterator[subprocess.Popen[bytes]]:
    """A Celery process; killed with all its children at the end of the block, if not before."""
    command = [str(BIN / "celery"), "--quiet", "-A", app, *arguments]
    process = subprocess.Popen(command, env=_environment(), cwd=BASE_DIR, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def python(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that runs the script beside us, is written to and read from."""
    command, pipe = [sys.executable, "-c", script, *arguments], subprocess.PIPE
    return subprocess.Popen(command, env=_environment(), cwd=BASE_DIR, stdin=pipe, stdout=pipe, text=True)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "CONNECT_PROVIDER_PROXY": settings.CONNECT_PROVIDER_PROXY,
    }


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9, children included."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true, *, seconds: float = 60) -> None:
    """Wait for what another process is to do; fails if it does not."""
    never = Event()
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        never.wait(0.05)
    raise AssertionError("it did not happen in time")
