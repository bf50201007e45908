"""Sixty accounts for sixty days on a virtual clock: every bound of `make year` holds."""

import subprocess
import sys

import pytest

from config.environment import BASE_DIR

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
def test_sixty_days():
    command = [sys.executable, "-m", "benchmarks.year", "--accounts", "60", "--days", "60", "--seed", "1"]
    command += ["--step", "180"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "year: living_called_dead=0" in done.stdout
