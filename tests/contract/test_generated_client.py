"""A client made by a public generator from our schema does what the app does."""

import importlib
import re
import subprocess
import sys

import pytest
from django.core.management import call_command

from config.environment import BASE_DIR
from social_auth.sandbox.tokens import mint
from tests.support.api import PASSWORD, posted

PAGE = (BASE_DIR / "docs" / "clients.md").read_text()
CONFIG, SAMPLE = (re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1] for kind in ("yaml", "python"))
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The package as docs/clients.md has it generated; a dot in its place imports from it."""
    call_command("spectacular", "--file", str(tmp_path / "schema.yaml"))
    (tmp_path / "client.yaml").write_text(CONFIG)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "schema.yaml"]
    done = subprocess.run(
        [*command, "--config", "client.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = " ".join(done.stderr.split())
    assert re.findall(r"parsing POST (\S+) within \w+. Endpoint will not be generated", told) == [
        "/api/callbacks/google/"
    ]
    monkeypatch.syspath_prepend(str(tmp_path / "connect-api-client"))
    yield lambda name: importlib.import_module(f"connect_api_client.{name}")
    for name in [name for name in sys.modules if name.startswith("connect_api_client")]:
        del sys.modules[name]


def test_it_does_the_demos_job(package, live_server, sandbox):
    models, clients = package("models"), package("client")
    anonymous = clients.Client(base_url=live_server.url)
    signup = models.SignUpInput(email="app@example.org", password=PASSWORD)
    answer = package("api.sign_in.sign_up").sync_detailed(client=anonymous, body=signup)
    assert answer.status_code == 200, answer.content
    token = answer.parsed.meta.access_token

    client = clients.AuthenticatedClient(base_url=live_server.url, token=token)
    body = models.ConnectInput.from_dict(posted(mint("instagram", "maya")))
    connected = package("api.connect.connect_instagram").sync(client=client, body=body)
    assert connected.message == "Instagram account connected successfully"

    claim = models.NetworkSubmission.from_dict(
        {"network_type": "tiktok", "network_id": "maya", "network_url": "https://tiktok.com/@maya", "followers": 5}
    )
    submitted = package("api.networks.submit_network").sync(client=client, body=claim)
    listed = package("api.networks.list_networks").sync(client=client, body=models.ListInput())
    assert [row.id for row in listed.networks] == [connected.network_id, submitted.approval_id]

    reference = models.NetworkReference(network_id=submitted.approval_id)
    assert package("api.networks.get_network_status").sync(client=client, body=reference).status == "pending"
    gone = package("api.networks.disconnect_network").sync(client=client, body=reference)
    assert gone.message == "Network disconnected successfully"
    again = package("api.networks.disconnect_network").sync(client=client, body=reference)
    assert again.error == "invalid_transition"

    sample = {"token": token}
    exec(SAMPLE.replace("http://localhost:8000", live_server.url), sample)
    assert [row.id for row in sample["networks"]] == [connected.network_id, submitted.approval_id]
