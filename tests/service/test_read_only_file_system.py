"""Every process starts and works where nothing but /tmp and /dev/shm can be written, as in a hardened container."""

import shutil
import subprocess

import pytest
import requests

from config.environment import BASE_DIR
from config.stack import beat_command, planner_command, web_command, worker_command
from tests.support.own_redis import free_port
from tests.support.processes import BIN, _environment, kill, until

READ_ONLY = """
mount --bind /tmp /tmp && mount -o remount,bind,ro / || exit 99
mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} || exit 99
[ -w / ] || [ -w {folder} ] && exit 98
cd {folder}  # the one that is read-only
exec "$@"
"""
UNSHARE = shutil.which("unshare")
MAY = UNSHARE and not subprocess.run([UNSHARE, "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MAY, reason="Only root may make a view of the file system"),
    pytest.mark.django_db(transaction=True),
]
CELERY = {
    "worker": (worker_command("--hostname", "ro@%h", log_level="INFO"), "ready."),
    "planner": (planner_command("--hostname", "ro-planner@%h", log_level="INFO"), "ready."),
    "beat": (beat_command(log_level="INFO"), "beat: Starting..."),
}


def started(command, told):
    script = READ_ONLY.format(folder=BASE_DIR)
    whole = ["unshare", "-m", "sh", "-c", script, "sh", str(BIN / command[0]), *command[1:]]
    return subprocess.Popen(whole, env=_environment(), cwd=BASE_DIR, stdout=told, stderr=told, start_new_session=True)


@pytest.mark.parametrize("name", CELERY)
def test_celerys_processes(name, tmp_path):
    command, word = CELERY[name]
    file = tmp_path / "told"
    with file.open("wb") as told:
        process = started(command, told)
    try:
        until(lambda: word in file.read_text() or process.poll() is not None)
        assert process.poll() is None, file.read_text()[-2000:]
    finally:
        kill(process)


def test_the_web_server(tmp_path):
    port = free_port()
    with (tmp_path / "told").open("wb") as told:
        process = started(web_command(port), told)
    try:
        until(lambda: ready(port) or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "told").read_text()[-2000:]
    finally:
        kill(process)


def ready(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=3).ok
    except requests.ConnectionError:
        return False
