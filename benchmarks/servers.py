"""Starting a server for a measurement, and reading what its processes really used."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def granian(target: str, *, interface: str = "wsgi", environment: dict[str, str]) -> Iterator["Server"]:
    """One worker, as production runs it; killed with its children at the end."""
    port = free_port()
    threads = ["--blocking-threads", "32"] if interface == "wsgi" else []
    command = [
        str(BIN / "granian"), "--interface", interface, "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        *threads, "--no-ws", "--log-level", "error", target,
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    server = Server(process.pid, port)
    try:
        server.wait()
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Server:
    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port

    def wait(self) -> None:
        for _ in range(300):
            if listens(self.port):
                return
            time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def cpu_seconds(self) -> float:
        """What all processes of the server have used so far, in user and system mode."""
        return sum(_cpu(pid) for pid in group(self.pid))


def group(leader: int) -> list[int]:
    """The living processes of a session, by its leader."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == leader:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def memory_mib(leader: int) -> float:
    pages = 0
    for pid in group(leader):
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
