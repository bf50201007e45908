"""A PostgreSQL that belongs to one test, which may stop it and freeze it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config import embedded

SYSTEMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian has the programs of each version that is installed."""


class OwnPostgres:
    def __init__(self, folder: Path, *, standby_of: "OwnPostgres | None" = None, programs: Path | None = None) -> None:
        self.folder, self.cluster, self.programs = folder, folder / "data", programs
        embedded._private_folder(folder)
        if standby_of:
            primary = ("-h", standby_of.folder, "-U", "postgres")
            self._run("pg_basebackup", *primary, "-D", self.cluster, "-R", "-c", "fast", "--no-sync")
        else:
            self._run("initdb", "-D", self.cluster, "-U", "postgres", "--auth=trust", "-E", "utf8", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgres://postgres@/{self.folder}/postgres"

    def start(self) -> None:
        options = f"-h '' -k {self.folder} -c fsync=off -c max_connections=20 -c shared_buffers=16MB"
        self._control("-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def promote(self) -> None:
        self._control("promote")

    def reads_only(self, told: bool) -> None:
        """Refuse to write, as managed servers do before they hand over, and to those connected already."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as other:
            other.execute(f"ALTER SYSTEM SET default_transaction_read_only = {told}")
            other.execute("SELECT pg_reload_conf()")

    def freeze(self) -> None:
        """Stop every process of the server as it stands: what they listen on stays, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _control(self, *arguments: str | Path) -> None:
        self._run("pg_ctl", "-D", self.cluster, "-w", *arguments)

    def _run(self, program: str, *arguments: str | Path) -> None:
        if self.programs is None:
            embedded._postgres(program, *arguments)
            return
        command = [*embedded._unprivileged(), str(self.programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def _signal(self, number: signal.Signals) -> None:
        first = int((self.cluster / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for pid in (first, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def own_postgres(*, standby_of: OwnPostgres | None = None, programs: Path | None = None) -> Iterator[OwnPostgres]:
    """A running server: of the system's own version if the folder of its programs is given, else the embedded one."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has to be short
    server = OwnPostgres(folder, standby_of=standby_of, programs=programs)
    server.start()
    try:
        yield server
    finally:
        with suppress(SystemExit):  # the test stopped it
            server.stop()
        shutil.rmtree(folder)


@contextmanager
def connected(*servers: OwnPostgres, alias: str = "own", **options: str) -> Iterator[BaseDatabaseWrapper]:
    """This thread's connection to one of these servers, with the service's own settings."""
    at = {
        "HOST": ",".join(str(server.folder) for server in servers),
        "PORT": "",
        "NAME": "postgres",
        "USER": "postgres",
        "PASSWORD": "",
    }
    connections.settings[alias] = deepcopy(connections.settings["default"]) | at
    connections.settings[alias]["OPTIONS"] |= options
    own = connections[alias]
    try:
        yield own
    finally:
        own.close()
        own.close_pool()  # type: ignore[attr-defined]
        del connections[alias], connections.settings[alias]
