"""A PostgreSQL that belongs to one test, which may stop it and freeze it."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config import embedded


class OwnPostgres:
    def __init__(self, folder: Path) -> None:
        self.folder, self.cluster = folder, folder / "data"
        embedded._private_folder(folder)
        embedded._postgres("initdb", "-D", self.cluster, "-U", "postgres", "--auth=trust", "--no-sync")

    def start(self) -> None:
        options = f"-h '' -k {self.folder} -c fsync=off -c max_connections=20 -c shared_buffers=16MB"
        self._control("-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def freeze(self) -> None:
        """Stop every process of the server as it stands: what they listen on stays, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _control(self, *arguments: str | Path) -> None:
        embedded._postgres("pg_ctl", "-D", self.cluster, "-w", *arguments)

    def _signal(self, number: signal.Signals) -> None:
        first = int((self.cluster / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for pid in (first, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has to be short
    server = OwnPostgres(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def connected(server: OwnPostgres) -> Iterator[BaseDatabaseWrapper]:
    """This thread's connection to that server, with the service's own settings."""
    at = {"HOST": str(server.folder), "PORT": "", "NAME": "postgres", "USER": "postgres", "PASSWORD": ""}
    connections.settings["own"] = deepcopy(connections.settings["default"]) | at
    own = connections["own"]
    try:
        yield own
    finally:
        own.close()
        own.close_pool()  # type: ignore[attr-defined]
        del connections["own"], connections.settings["own"]
