"""docs/connect-link.md tells operators and apps what the code does."""

import re

import pytest

from config.environment import BASE_DIR
from connect.network_table import Network
from social_auth.connections.link_problems import PROBLEMS
from social_auth.providers.adapters import ADAPTERS

PAGE = (BASE_DIR / "docs" / "connect-link.md").read_text()


@pytest.mark.parametrize("network", Network.values)
def test_what_goes_into_each_console(network):
    adapter = ADAPTERS[network]

    assert adapter.console in PAGE
    assert f"https://connect.example.com/connect/callback/{network}/" in PAGE


def test_every_optional_scope():
    for adapter in ADAPTERS.values():
        for what, scopes in adapter.optional_scopes.items():
            row = f"| {what} | {' '.join(f'`{scope}`' for scope in scopes)} |"
            assert row in PAGE


def test_every_reason():
    [row] = re.findall(r"^.*`reason` is what came.*$", PAGE, re.MULTILINE)

    assert {problem.reason for problem in PROBLEMS.values()} <= set(re.findall(r"`(\w+)`", row))
