"""An earlier commit beside today's code, in the same run on the same servers, with a database of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.stage import beside, manage
from config.environment import BASE_DIR

COMMIT = "c2354fd"
"""What was there before anybody measured writes, growth and processes. Its requirements are today's."""


@contextmanager
def checkout() -> Iterator[Path | None]:
    """The folder of that commit; None where its history is not at hand, as in an archive."""
    with tempfile.TemporaryDirectory(prefix="connect-earlier-") as folder:
        if _git("worktree", "add", "--force", "--detach", folder, COMMIT):
            print(f"{COMMIT} is not at hand: measured without it", file=sys.stderr)
            yield None
            return
        try:
            yield Path(folder)
        finally:
            _git("worktree", "remove", "--force", folder)


@contextmanager
def environment(folder: Path, name: str = "connect_bench_earlier") -> Iterator[dict[str, str]]:
    """What its processes have to know, beside the servers of today's: a database of its own, migrated."""
    with beside(name) as url:
        told = {**os.environ, "DATABASE_URL": url, "REDIS_URL": os.environ["REDIS_URL"].replace("db=7", "db=6")}
        manage("migrate", "--verbosity", "0", cwd=folder, env=told)
        yield told


def _git(*arguments: str) -> int:
    command = ["git", "-C", str(BASE_DIR), *arguments]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
