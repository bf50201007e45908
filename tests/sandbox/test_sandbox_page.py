"""The sandbox's page in a browser, by keyboard, as a mobile developer uses it."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from networks.models import SocialNetwork
from tests.support.browser import CHROMIUM, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),  # a browser runs in a context of its own, with another connection
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one"),
]


@pytest.fixture
def page(sandbox: Any, monkeypatch: Any) -> Iterator[Any]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(sandbox.url)
        yield page


def minted(page):
    return json.loads(page.inner_text("#body"))


def test_mint_by_keyboard_and_connect(alice, page):
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "account":
            break
    page.keyboard.type("maya")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result")
    assert page.evaluate("document.activeElement.id") == "result"
    alice.ok("auth/instagram/", minted(page))
    page.reload()
    assert "graph.instagram.com" in page.inner_text("main")


def test_set_a_state_and_see_what_the_app_gets(alice, page):
    page.get_by_label("Followers of leo on twitter").fill("4321")
    page.get_by_label("State of leo on twitter").select_option("renamed")
    page.get_by_label("Set leo on twitter").press("Enter")
    page.wait_for_selector("#result")
    assert page.get_by_label("State of leo on twitter").input_value() == "renamed"
    page.get_by_label("Mint a token for leo on twitter").press("Enter")
    page.wait_for_selector("text=Minted for leo")
    alice.ok("auth/twitter/", minted(page))
    row = SocialNetwork.objects.get()
    assert (row.followers, row.external_id) == (4321, "new_leo")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ink, ground = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert contrast(ink, ground) > 7


def contrast(first, second):
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """Relative luminance of `rgb(r, g, b)`, as WCAG defines it."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
