"""The desk in a browser: signed in, worked by keyboard only, one decision after the other."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from networks.models import SocialNetwork
from pages.models import SocialPage
from tests.browser import CHROMIUM, chromium

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one"),
]


@pytest.fixture
def page(live_server: Any, staff: Any, monkeypatch: Any) -> Iterator[Any]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{live_server.url}/admin/login/?next=/admin/queue/")
        page.fill("#id_username", staff.email)
        page.fill("#id_password", "moderating-all-day")
        page.keyboard.press("Enter")
        page.wait_for_selector("#counts")
        yield page


@pytest.fixture
def line(alice):
    page = {"network": "facebook", "page_id": "p1", "page_name": "P", "page_url": "https://facebook.com/p1"}
    return [alice.claim(), alice.claim("tiktok", "maya"), alice.ok("add/social-page/", page)["page_id"]]


def test_three_decisions_without_a_mouse(line, page):
    page.reload()
    page.focus("#start")
    page.keyboard.press("Enter")
    page.wait_for_url("**/network/*/**")

    page.keyboard.press("a")
    page.wait_for_url(f"**/network/{line[1]}/**")
    assert SocialNetwork.objects.get(pk=line[0]).status == "accepted"

    page.keyboard.press("r")  # a reason is needed: that is where one writes now
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.type("spam, again and a s r n")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_url(f"**/page/{line[2]}/**")
    rejected = SocialNetwork.objects.get(pk=line[1])
    assert (rejected.status, rejected.status_reason) == ("rejected", "spam, again and a s r n")

    page.keyboard.press("a")
    page.wait_for_selector("text=Nothing else is waiting")
    assert SocialPage.objects.get().status == "accepted"


def test_on_a_telephone_nothing_is_wider_than_the_screen(line, page):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("queue/", f"queue/network/{line[0]}/"):
        page.goto(f"{page.url.partition('/admin/')[0]}/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_field_has_a_name(line, page):
    page.goto(f"{page.url.partition('/admin/')[0]}/admin/queue/network/{line[0]}/")
    nameless = """[...document.querySelectorAll('main input:not([type=hidden]), textarea, select, button, a')]
      .filter(one => !(one.labels?.length || one.innerText?.trim() || one.ariaLabel || one.title)).length"""
    assert page.evaluate(nameless) == 0
