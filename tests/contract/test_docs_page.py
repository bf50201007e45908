"""The API's own page in a browser: it works without the network, and in the colours that the person has."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from connect.api.document.groups import GROUPS, TO_THE_PLATFORM
from tests.support.browser import CHROMIUM, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),  # a browser runs in a context of its own, with another connection
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one"),
]


@pytest.fixture
def browser(monkeypatch: Any) -> Iterator[Any]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with chromium() as browser:
        yield browser


def opened(browser, server, scheme):
    """The page, and what it asked others for."""
    page = browser.new_context(color_scheme=scheme).new_page()
    elsewhere = []
    page.on("request", lambda one: None if one.url.startswith((server.url, "data:")) else elsewhere.append(one.url))
    page.goto(f"{server.url}/api/docs/")
    page.wait_for_selector(".opblock-tag")
    return page, elsewhere


@pytest.mark.parametrize(("scheme", "is_dark"), [("dark", True), ("light", False)])
def test_it_has_the_persons_colours(browser, live_server, scheme, is_dark):
    page, elsewhere = opened(browser, live_server, scheme)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, background[4:-1].split(","))) < 60) is is_dark
    assert elsewhere == []


def test_it_begins_with_the_quickstart_and_the_groups(browser, live_server):
    page, _ = opened(browser, live_server, "light")
    assert "Sign a creator up" in page.inner_text(".information-container")
    assert page.locator(".opblock-tag").evaluate_all("all => all.map(one => one.dataset.tag)") == [
        group["name"] for group in [*GROUPS, TO_THE_PLATFORM]
    ]
