"""The page for people without the app, in a browser: by keyboard, on a telephone and a desk, in light and dark."""

import re

import pytest

from connect.models import User
from tests.support.browser import CHROMIUM, chromium
from tests.support.mails import send_mails

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one"),
]


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_an_account_is_erased_by_keyboard(alice, browser, live_server, mailoutbox, scheme, width):
    alice.verify_address()
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=False
    )
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(f"{live_server.url}/account/delete/")
    page.keyboard.press("Tab")
    page.keyboard.type(alice.email)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    send_mails()
    page.locator("#code").focus()
    page.keyboard.type(re.search(r"\n\n(\S+)\n\n", mailoutbox[0].body)[1])
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    fits = page.locator("main").bounding_box()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/delete/*/")

    assert "Your account is closed" in page.locator("h1").inner_text()
    assert not User.objects.get(pk=alice.user.pk).is_active
    assert fits["x"] >= 0
    assert fits["x"] + fits["width"] <= width
    assert complaints == []
