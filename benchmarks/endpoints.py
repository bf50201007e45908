"""What each call of the API costs, beside an earlier commit: the CPU of the thread that answers, and its queries."""

import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import earlier
from benchmarks.rounds import CALLS_A_ROUND, HEALTH
from benchmarks.servers import BIN
from config.environment import BASE_DIR

ROUNDS = 5


def run() -> None:
    with ExitStack() as stack:
        sides = [stack.enter_context(_side(BASE_DIR, dict(os.environ)))]
        if folder := stack.enter_context(earlier.checkout()):
            sides.append(stack.enter_context(_side(folder, stack.enter_context(earlier.environment(folder)))))
        _tell(sides)


class Side:
    """A process that measures rounds in one checkout, on request."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.queries: dict[str, int] = {HEALTH: 0} | json.loads(self._answer())

    def round(self, path: str) -> float:
        assert self.process.stdin
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@contextmanager
def _side(folder: Path, environment: dict[str, str]) -> Iterator[Side]:
    command = [str(BIN / "python"), str(BASE_DIR / "benchmarks" / "rounds.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process:
        yield Side(process)


def _tell(sides: list[Side]) -> None:
    print(
        f"\nCalls: CPU of the thread that answers, medians of {ROUNDS} rounds of {CALLS_A_ROUND} calls, taken in turn"
    )
    print(f"\n| call | CPU | of {earlier.COMMIT}'s | queries | {earlier.COMMIT}'s |\n|---|---|---|---|---|")
    for path, queries in sides[0].queries.items():
        both = [side if path in side.queries else None for side in sides]
        rounds = [[side.round(path) if side else 0.0 for side in both] for _ in range(ROUNDS + 1)]
        now, *before = (statistics.median(of) for of in zip(*rounds[1:], strict=True))
        told = (f"{now / before[0]:.2f}", sides[1].queries[path]) if len(sides) > 1 and both[1] else ("", "")
        name = f"({HEALTH}: what Django and its test client take)" if path == HEALTH else f"`{path}`"
        print(f"| {name} | {now:.0f} us | {told[0]} | {queries} | {told[1]} |", flush=True)
