"""docs/quickstart.md, word by word: its commands are run as a newcomer would paste them, in one shell."""

import json
import os
import re
import subprocess

import pytest

from config.environment import BASE_DIR

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PAGE = (BASE_DIR / "docs" / "quickstart.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_it_works(live_server, sandbox, tmp_path):
    for name in (".venv", "manage.py"):
        (tmp_path / name).symlink_to(BASE_DIR / name)
    script = "set -euo pipefail\n" + "\necho\n".join(BLOCKS)
    shell = ["bash", "-c", script]
    done = subprocess.run(
        shell, cwd=tmp_path, env={**os.environ, "BASE": live_server.url}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    connected, listed, refused, events, link = (json.loads(line) for line in done.stdout.splitlines() if line.strip())
    assert connected["message"] == "Instagram account connected successfully"
    assert [row["id"] for row in listed["networks"]] == [connected["network_id"]]
    assert listed["networks"][0]["health"] == "healthy"
    assert (refused["error"], refused["field"]) == ("invalid_access_token", "access_token")
    assert link["url"].startswith(f"{live_server.url}/connect/")
    assert "network.connected" in [event["type"] for event in events["events"]]


def test_the_pages_it_leads_to_are_there():
    for link in re.findall(r"\]\((\w+\.md)\)", PAGE):
        assert (BASE_DIR / "docs" / link).exists()
