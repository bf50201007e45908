"""What every benchmark stands on: embedded servers, an empty database of its own, callers with tokens."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import environ
import psycopg

from benchmarks.servers import BIN, free_port, listens
from config.embedded import development_services
from config.environment import BASE_DIR, EMBEDDED_REDIS_URL, embedded_database_url

NAME = "connect_bench"


@contextmanager
def database() -> Iterator[None]:
    """An empty, migrated database beside the development's; gone afterwards. Redis database 7 goes with it."""
    before = dict(os.environ)
    with development_services():
        main = os.environ.get("DATABASE_URL") or embedded_database_url()
        _recreate(main, NAME)
        os.environ["DATABASE_URL"] = _of_name(main, NAME)
        os.environ["BENCH_DATABASE_URL"] = dsn(os.environ["DATABASE_URL"])
        os.environ.setdefault("REDIS_URL", f"{EMBEDDED_REDIS_URL}?db=7")
        manage("migrate", "--verbosity", "0")
        secret = "from django.conf import settings; print(settings.SECRET_KEY)"
        os.environ["BENCH_SECRET_KEY"] = manage("shell", "-v", "0", "-c", secret).strip()
        try:
            yield
        finally:
            _recreate(main, NAME, again=False)
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def beside(name: str) -> Iterator[str]:
    """Another empty database beside the benchmark's own: its address. Gone afterwards."""
    main = _of_name(os.environ["DATABASE_URL"], "postgres")
    _recreate(main, name)
    try:
        yield _of_name(main, name)
    finally:
        _recreate(main, name, again=False)


def _of_name(url: str, name: str) -> str:
    """The address of another database on the same server."""
    head, _, tail = url.rpartition("/")
    return f"{head}/{name}{f'?{query}' if (query := tail.partition('?')[2]) else ''}"


@contextmanager
def sandbox() -> Iterator[None]:
    """The providers, in a process of their own: what it uses is nobody's cost here."""
    port = free_port()
    os.environ |= {"SANDBOX_PORT": str(port), "CONNECT_PROVIDER_PROXY": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([str(BIN / "python"), "manage.py", "sandbox"], stdout=subprocess.DEVNULL)
    try:
        while not listens(port):
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


def _recreate(main: str, name: str, *, again: bool = True) -> None:
    with psycopg.connect(dsn(main), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if again:
            connection.execute(f"CREATE DATABASE {name}")


def dsn(url: str) -> str:
    """The same database in libpq's spelling, which psycopg and SQLAlchemy take."""
    at = environ.Env.db_url_config(url)
    login = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    port = f"&port={at['PORT']}" if at["PORT"] else ""
    return f"postgresql://{login}@/{at['NAME']}?host={quote(at['HOST'], safe='')}{port}"


def settle() -> None:
    """Do now what PostgreSQL would do in the background, beside what is measured."""
    with psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def manage(*arguments: str, cwd: Path = BASE_DIR, env: dict[str, str] | None = None) -> str:
    """Run a management command, of this checkout or another, and return what it printed; raises if it fails."""
    command = [str(BIN / "python"), "manage.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=env or os.environ)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def tokens_of(callers: int) -> list[str]:
    """Bearer tokens of so many creators, spread over all of them, made as allauth makes them."""
    script = f"from benchmarks.callers import tokens; import json; print(json.dumps(tokens({callers})))"
    return json.loads(manage("shell", "-v", "0", "-c", script).splitlines()[-1])
