"""Ten faults under load, on servers of their own: nothing lost, nothing written twice. `make chaos` is the long one."""

import subprocess
import sys

import pytest

from benchmarks.faults import _make_discoveries_due
from config.environment import BASE_DIR
from social_auth.assets.models import Discovery


@pytest.mark.django_db
def test_a_listing_is_written_by_who_knows_fewer_columns(alice):
    """A process of the version before inserts beside the new ones, and so does the fault that makes listings due."""
    alice.claim("linkedin")
    _make_discoveries_due("linkedin")
    assert Discovery.objects.get().digest == ""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_ten_faults():
    command = [sys.executable, "-m", "benchmarks.chaos", "--accounts", "1000", "--faults", "10"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "1,000 of 1,000 read, 0 lost, 0 written twice" in done.stdout
