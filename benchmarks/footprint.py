"""What an idle stack takes of memory, and a command to start, beside an earlier commit."""

import os
import resource
import signal
import statistics
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import earlier
from benchmarks.servers import BIN, free_port
from config.environment import BASE_DIR

SETTLED = 15
"""Seconds after the first answer: planners have planned, and pools have closed what they do not need."""
STARTS = 5
PARTS = {"web": "config.wsgi", "worker": "--concurrency", "planner": "--pool solo", "beat": " beat "}
"""What stands in the command lines of each part's processes."""


def run() -> None:
    with ExitStack() as stack:
        sides = {"now": (BASE_DIR, dict(os.environ))}
        if folder := stack.enter_context(earlier.checkout()):
            sides[earlier.COMMIT] = (folder, stack.enter_context(earlier.environment(folder)))
        print("\nAn idle stack's proportional set, and the CPU of starting\n")
        print(f"| commit | {' | '.join(PARTS)} | all | `manage.py check` |\n|---|{'---|' * (len(PARTS) + 2)}")
        for name, (folder, environment) in sides.items():
            taken = _idle(folder, environment)
            told = [f"{taken[part]:.0f} MiB" for part in PARTS] + [f"{sum(taken.values()):.0f} MiB"]
            print(f"| {name} | {' | '.join(told)} | {_start(folder, environment):.2f} s |", flush=True)


def _idle(folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """MiB of each part of a stack that has nothing to do."""
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    command = [str(BIN / "python"), "-m", "config.stack", "run"]
    with subprocess.Popen(
        command, cwd=folder, env=environment | ports, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as stack:
        assert stack.stdout
        next(line for line in stack.stdout if "Ctrl-C" in line)
        time.sleep(SETTLED)
        taken = {
            part: sum(_proportional_set(pid) for pid in _those_of(stack.pid, mark)) for part, mark in PARTS.items()
        }
        stack.send_signal(signal.SIGINT)
    return taken


def _those_of(pid: int, mark: str) -> list[int]:
    """The processes below that one whose command line has that mark."""
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]
    found = [child for child in children if mark in _command_line(child)]
    return found + [below for child in children for below in _those_of(child, mark)]


def _children(task: Path) -> list[str]:
    return (task / "children").read_text().split()


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _proportional_set(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


def _start(folder: Path, environment: dict[str, str]) -> float:
    """Seconds of CPU from the command line to the end of a command that does next to nothing."""
    used = []
    for _ in range(STARTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [str(BIN / "python"), "manage.py", "check"]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(used)
