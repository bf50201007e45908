"""A PgBouncer of one test before a PostgreSQL of its own; tests that need it are skipped where there is none."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from threading import Event

import psycopg
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config import embedded

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="There is no PgBouncer on this machine")
INI = """
[databases]
* = host={server} port=5432 user=postgres
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = {mode}
{more}
"""


@contextmanager
def pgbouncer(server: Path, mode: str, **more: str) -> Iterator[str]:
    """Pool what listens in the folder `server`; yields the folder in which the pooler listens."""
    folder = embedded._private_folder(Path(tempfile.mkdtemp(prefix="pb-", dir="/tmp")))
    told = "\n".join(f"{name} = {value}" for name, value in more.items())
    (folder / "pgbouncer.ini").write_text(INI.format(server=server, folder=folder, mode=mode, more=told))
    command = [*embedded._unprivileged(), str(PGBOUNCER), "--quiet", str(folder / "pgbouncer.ini")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(str(folder))
        yield str(folder)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _wait_for(folder: str) -> None:
    never = Event()
    for _ in range(200):
        with suppress(psycopg.OperationalError):
            psycopg.connect(host=folder, port=6432, user="postgres", dbname="postgres").close()
            return
        never.wait(0.05)
    raise AssertionError("PgBouncer did not start")


@contextmanager
def through(folder: str, **more: str) -> Iterator[BaseDatabaseWrapper]:
    """This thread's connection through that pooler, with the service's own settings."""
    at = {"HOST": folder, "PORT": "6432", "NAME": "postgres", "USER": "postgres", "PASSWORD": ""}
    connections.settings["pooled"] = deepcopy(connections.settings["default"]) | at | more
    pooled = connections["pooled"]
    try:
        yield pooled
    finally:
        pooled.close()
        pooled.close_pool()  # type: ignore[attr-defined]
        del connections["pooled"], connections.settings["pooled"]
