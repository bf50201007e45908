"""A TypeScript client made from our schema by a public generator compiles strictly, and does what the app does."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.environment import BASE_DIR
from social_auth.sandbox.tokens import mint
from tests.support.api import PASSWORD, posted

SOURCES = BASE_DIR / "tests" / "typescript"
INSTALLED = SOURCES / "node_modules"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not INSTALLED.exists(), reason="needs Node.js, and `make typescript`"),
]


def node(place: Path, script: str, *words: str) -> str:
    done = subprocess.run(["node", script, *words], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def built(tmp_path) -> Path:
    """Where the demo lies, compiled with the types that the schema gives."""
    for name in ("demo.ts", "tsconfig.json", "package.json"):
        shutil.copy(SOURCES / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(INSTALLED)
    call_command("spectacular", "--file", str(tmp_path / "schema.yaml"))
    node(tmp_path, "node_modules/openapi-typescript/bin/cli.js", "schema.yaml", "-o", "schema.d.ts")
    return tmp_path


def compiled(place: Path) -> Any:
    return node(place, "node_modules/typescript/bin/tsc", "--project", ".")


def test_it_does_the_demos_job(built, live_server, sandbox):
    compiled(built)
    token = posted(mint("instagram", "maya"))
    words = [live_server.url, "app@example.org", PASSWORD, token["access_token"], token["user_id"]]
    assert json.loads(node(built, "built/demo.js", *words)) == {
        "connected": "Instagram account connected successfully",
        "listed": ["instagram", "tiktok"],
        "verified": True,
        "state": "pending",
        "gone": "Network disconnected successfully",
        "again": "invalid_transition",
    }


def test_what_the_schema_does_not_have_does_not_compile(built):
    demo = built / "demo.ts"
    demo.write_text(demo.read_text().replace("listed.networks", "listed.netwroks"))
    with pytest.raises(AssertionError, match="netwroks"):
        compiled(built)
