"""docs/quickstart.md, word by word: its commands are run as a newcomer would paste them, in one shell."""

import json
import os
import re
import subprocess
import time

import pytest
import requests

from config.environment import BASE_DIR

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PAGE = (BASE_DIR / "docs" / "quickstart.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_it_works(live_server, sandbox, tmp_path):
    for name in (".venv", "manage.py"):
        (tmp_path / name).symlink_to(BASE_DIR / name)
    script = "set -euo pipefail\n" + "\necho\n".join(BLOCKS)
    shell = ["bash", "-c", script]
    began = time.monotonic()
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
    assert connected_by(link["url"], "tiktok").startswith("connect-demo://connected?result=success&network=tiktok")
    assert time.monotonic() - began < 60


def connected_by(url, network):
    """Open the link as a person does, allow all at the network's page, and return where the browser ends up."""
    browser = requests.Session()
    token = re.search(r'name="token" value="([^"]+)"', browser.get(url, timeout=10).text)[1]
    asked = browser.post(url, {"token": token, "network": network}, timeout=10)  # follows to the network's page
    boxes = dict.fromkeys(re.findall(r'name="(grant:[^"]+)"', asked.text), "on")
    allowed = {"decision": "approve", "account": "maya", **boxes}
    answer = browser.post(asked.url, allowed, timeout=10, allow_redirects=False)
    return browser.get(answer.headers["Location"], timeout=10, allow_redirects=False).headers["Location"]


def test_the_pages_it_leads_to_are_there():
    for link in re.findall(r"\]\((\w+\.md)\)", PAGE):
        assert (BASE_DIR / "docs" / link).exists()
