"""A link in a real browser: from the page to a provider's consent page and back to the app's return URL."""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connect.network_table import Network
from connect.return_urls import ReturnPlace
from networks.models import SocialNetwork
from social_auth.sandbox.traits import set_traits
from tests.support.browser import CHROMIUM, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),  # a browser runs in a context of its own, with another connection
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one"),
]
APP = "https://app.example.com/connected"
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def engine(sandbox: Any, settings: Any, monkeypatch: Any) -> Iterator[Any]:
    settings.CONNECT_RETURN_URLS = (ReturnPlace.read(APP),)
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with chromium() as browser:
        yield browser


def a_browser(engine: Any, **traits: Any) -> Any:
    """A browser of its own, in which the app is a page that nobody fetches."""
    page = engine.new_context(**traits).new_page()
    page.route(f"{APP}**", lambda route: route.fulfill(body="the app", content_type="text/plain"))
    return page


@pytest.fixture
def page(engine: Any) -> Any:
    return a_browser(engine, viewport={"width": 390, "height": 844})


@pytest.fixture
def link(live_server: Any, alice: Any) -> Any:
    def made(**wishes: Any) -> str:
        url = alice.ok("connect/link/", {"return_url": APP, **wishes})["url"]
        return f"{live_server.url}{urlsplit(url).path}"

    return made


def tap(page: Any, label: str) -> None:
    page.get_by_role("button", name=f"Connect {label}").click()


def choose(page: Any, account: str = "maya", decision: str = "Approve") -> None:
    """Answer the provider's page."""
    page.get_by_label("Or another name").fill(account)
    page.get_by_role("button", name=decision).click()


def told(page: Any) -> dict[str, str]:
    page.wait_for_url(f"{APP}**")
    return dict(parse_qsl(urlsplit(page.url).query))


def problem(page: Any) -> str:
    return page.get_by_role("alert").inner_text()


LABELS = {
    "instagram": "Instagram",
    "facebook": "Facebook",
    "twitter": "X (Twitter)",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "linkedin": "LinkedIn",
    "pinterest": "Pinterest",
}


@pytest.mark.parametrize("network", Network.values)
def test_all_seven_from_a_fresh_link_to_the_app(alice, page, link, network):
    page.goto(link())
    tap(page, LABELS[network])
    choose(page)

    answer = told(page)
    row = SocialNetwork.objects.get()
    assert answer["result"] == "success", answer
    assert answer["network_id"] == str(row.pk)
    assert (row.user, row.network, row.status) == (alice.user, network, "accepted")
    assert row.scopes_granted or network == "instagram"


def test_by_keyboard_with_a_box_ticked(alice, page, link):
    page.goto(link(network="pinterest"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "allow"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    choose(page)

    assert told(page)["result"] == "success"
    assert "boards:read" in SocialNetwork.objects.get().scopes_granted


def test_denied_and_then_allowed(alice, page, link):
    page.goto(link())
    tap(page, "TikTok")
    choose(page, decision="Deny")
    assert "You did not allow it at TikTok" in problem(page)
    assert "code=" not in page.url

    tap(page, "TikTok")
    choose(page)

    assert told(page)["result"] == "success"


def test_back_to_the_app_without_connecting(alice, page, link):
    page.goto(link())
    tap(page, "LinkedIn")
    choose(page, decision="Deny")
    page.get_by_role("link", name="Back to the app").click()

    assert told(page) == {"result": "error", "network": "linkedin", "error": "access_denied", "reason": "denied"}


def test_a_scope_that_is_needed_was_unticked(alice, page, link):
    page.goto(link(network="tiktok"))
    tap(page, "TikTok")
    page.get_by_label("your counts of likes, followers, following and videos").uncheck()
    choose(page)

    assert "did not let us see what is needed" in problem(page)
    assert not SocialNetwork.objects.exists()


def test_another_account_than_the_one_to_be_reconnected(alice, page, link):
    pk = alice.connected("tiktok", "maya")
    page.goto(link(network_id=pk))
    tap(page, "TikTok")
    choose(page, "leo")
    assert "with another account than" in problem(page)

    tap(page, "TikTok")
    choose(page, "maya")

    assert told(page)["network_id"] == str(pk)


def test_a_used_link_and_a_second_browser(alice, engine, page, link):
    url, other = link(), a_browser(engine)
    page.goto(url)
    tap(page, "TikTok")
    page.wait_for_selector("text=Sandbox in place of")
    other.goto(url)
    assert "open in another browser" in other.inner_text("h1")

    choose(page)
    assert told(page)["result"] == "success"
    page.goto(url)
    assert "is connected" in page.inner_text("main")
    other.goto(url)
    assert "This link was used" in other.inner_text("h1")


def test_the_back_button_and_another_choice(alice, page, link):
    page.goto(link())
    tap(page, "TikTok")
    page.wait_for_selector("text=Sandbox in place of")
    page.go_back()
    tap(page, "Pinterest")
    choose(page)

    assert told(page)["network"] == "pinterest"


def test_a_dead_provider_can_be_tried_again(alice, page, link):
    page.goto(link(network="youtube"))
    tap(page, "YouTube")
    set_traits("youtube", "maya", state="5xx")
    choose(page)
    assert "gives no answer at the moment" in problem(page)

    set_traits("youtube", "maya", state="ok")
    page.get_by_role("link", name="Try again").click()

    assert told(page)["result"] == "success"


def test_without_scripts_and_without_a_return_url(alice, engine, live_server):
    page = a_browser(engine, java_script_enabled=False)
    page.goto(f"{live_server.url}{urlsplit(alice.ok('connect/link/')['url']).path}")
    tap(page, "Facebook")
    choose(page)

    assert "You may close this page" in page.inner_text("main")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(alice, engine, link, settings, width, scheme):
    settings.CONNECT_BRAND = {**settings.CONNECT_BRAND, "terms_url": "/terms", "privacy_url": "/privacy"}
    page = a_browser(engine, viewport={"width": width, "height": 800}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(link())

    shown(page, f"choose-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.querySelector('button')).backgroundColor") == "rgb(42, 79, 208)"
    assert page.evaluate(UNREADABLE) == []
    assert complaints == []
    tap(page, "TikTok")
    choose(page, decision="Deny")
    assert problem(page)
    page.wait_for_load_state()  # its style sheets included
    shown(page, f"denied-{width}-{scheme}")
    assert page.evaluate(UNREADABLE) == []


def shown(page: Any, name: str) -> None:
    """Keep a picture for whoever wants to look (SCREENSHOTS names a folder)."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


UNREADABLE = """() => {
  const parts = text => text.match(/[0-9.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const found = parts(getComputedStyle(one).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("h1, h2, p, b, a, button, legend, span, strong")].filter(one => {
    const [dark, bright] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((a, b) => a - b);
    return (bright + .05) / (dark + .05) < 4.5;
  }).map(one => one.outerHTML.slice(0, 80));
}"""
"""What has less contrast to what is behind it than WCAG 2 AA wants of text."""
