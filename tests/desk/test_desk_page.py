"""The desk in a browser: signed in, worked by keyboard only, one decision after the other."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from connect.desk import bulk
from connect.desk.bulk import BulkDecision
from connect.desk.models import DecisionReason
from connect.models import User
from networks.models import SocialNetwork
from pages.models import SocialPage
from tests.sign_in.test_staff_sign_in import code_of
from tests.support.browser import CHROMIUM, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs one"),
]


@pytest.fixture
def browser(monkeypatch: Any) -> Iterator[Any]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium() as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Any, live_server: Any) -> Any:
    """Sign somebody in, in a browser window of their own, and open the queue."""

    def sign_in(email: str, password: str, goes_to: str = "/admin/queue/") -> Any:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{live_server.url}/admin/login/?next={goes_to}")
        page.fill("#id_username", email)
        page.fill("#id_password", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login/?" not in url)
        return page

    return sign_in


@pytest.fixture
def page(signed_in: Any, staff: Any) -> Any:
    return signed_in(staff.email, "moderating-all-day")


def member(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "working-all-day", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


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


def test_reasons_by_number_and_a_decision_taken_back(line, page):
    DecisionReason.objects.all().delete()
    DecisionReason.objects.create(decision="reject", title="Spam", text="It is advertising")
    page.goto(f"{page.url.partition('/admin/')[0]}/admin/queue/network/{line[0]}/")
    page.keyboard.press("s")
    assert page.inner_text("#problem").endswith("A reason is needed to suspend.")
    assert page.get_attribute("#reason", "aria-describedby") == "problem"
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/network/{line[1]}/**")
    rejected = SocialNetwork.objects.get(pk=line[0])
    assert (rejected.status, rejected.status_reason) == ("rejected", "It is advertising")

    assert page.inner_text(".desk-undo").endswith(" s")
    page.keyboard.press("z")
    page.wait_for_url(f"**/network/{line[0]}/**")
    assert SocialNetwork.objects.get(pk=line[0]).status == "pending"


def test_the_queue_by_keyboard(line, page):
    page.reload()
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    for key in ("j", "j", "k", "j", "x"):
        page.keyboard.press(key)
    assert page.inner_text("#how-many") == "1"
    page.click("#bar [value=reject]")
    assert "A reason is needed to reject." in page.inner_text("#problem")
    page.fill("#reason", "spam")
    page.click("#bar [value=reject]")
    page.wait_for_selector("text=Rejected: 1.")
    assert SocialNetwork.objects.get(pk=line[1]).status == "rejected"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/network/{line[0]}/**")


def test_on_a_telephone_nothing_is_wider_than_the_screen(line, page):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("queue/", f"queue/network/{line[0]}/", f"networks/socialnetwork/{line[0]}/change/"):
        page.goto(f"{page.url.partition('/admin/')[0]}/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_field_has_a_name(line, page):
    page.goto(f"{page.url.partition('/admin/')[0]}/admin/queue/network/{line[0]}/")
    nameless = """[...document.querySelectorAll('main input:not([type=hidden]), textarea, select, button, a')]
      .filter(one => !(one.labels?.length || one.innerText?.trim() || one.ariaLabel || one.title)).length"""
    assert page.evaluate(nameless) == 0


def test_signing_in_with_a_second_factor(live_server, signed_in, settings):
    settings.STAFF_SECOND_FACTOR = True
    user = member("moderator", "view_socialnetwork", "decide")
    page = signed_in(user.email, "working-all-day")
    secret = page.inner_text("#secret").replace(" ", "")
    page.focus("#id_code[autofocus]")  # Chromium now and then leaves autofocus out when Enter led to the page
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem")
    page.fill("#id_code", code_of(secret))
    page.keyboard.press("Enter")
    codes = page.inner_text("#codes").split()
    assert len(codes) == 10
    page.wait_for_selector("#download")
    assert page.get_attribute("#download", "href").endswith("%0A".join(codes) + "\n")
    page.click("text=Continue")
    page.wait_for_selector("#counts")

    again = signed_in(user.email, "working-all-day")
    again.fill("#id_code", codes[0])
    again.keyboard.press("Enter")
    again.wait_for_selector("#counts")


def test_two_moderators_at_once(line, page, signed_in):
    first = member("first", "view_socialnetwork", "decide")
    other = signed_in(first.email, "working-all-day")
    page.click("#start")
    page.wait_for_url(f"**/network/{line[0]}/**")
    other.reload()
    other.click("#start")
    other.wait_for_url(f"**/network/{line[1]}/**")  # not the one that a colleague has

    other.goto(other.url.replace(f"/network/{line[1]}/", f"/network/{line[0]}/"))
    assert "has this record" in other.inner_text("#held")
    assert other.query_selector("[value=accept]") is None


def test_a_stale_form_overwrites_nothing(line, page, staff):
    page.click("#start")
    page.wait_for_url(f"**/network/{line[0]}/**")
    SocialNetwork.objects.get(pk=line[0]).reject(by=staff, reason="by command, meanwhile")
    page.keyboard.press("a")
    page.wait_for_selector("text=Nothing was changed")
    row = SocialNetwork.objects.get(pk=line[0])
    assert (row.status, row.status_reason) == ("rejected", "by command, meanwhile")


def test_a_role_without_permission_sees_and_cannot_decide(line, signed_in, live_server):
    auditor = member("auditor", "view_socialnetwork")
    page = signed_in(auditor.email, "working-all-day")
    page.click("#start")
    page.wait_for_selector("#nothing")
    page.keyboard.press("a")
    assert page.query_selector("#decide") is None
    assert SocialNetwork.objects.get(pk=line[0]).status == "pending"
    answer = page.goto(f"{live_server.url}/admin/budgets/networkpause/")
    assert answer.status == 403


def test_five_thousand_at_once(alice, page, live_server):
    rows = [
        SocialNetwork(user=alice.user, network="instagram", external_id=f"n{n}", url=f"https://instagram.com/n{n}")
        for n in range(5_000)
    ]
    SocialNetwork.objects.bulk_create(rows, batch_size=2_000)
    page.goto(f"{live_server.url}/admin/networks/socialnetwork/")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "reject")
    page.click(".question a, a:has-text('Select all')")
    page.click("button[name=index], button:has-text('Run')")
    page.wait_for_selector("#reason")
    page.wait_for_load_state()
    page.keyboard.press("Control+Enter")
    assert "A reason is needed to reject." in page.inner_text("#problem")
    page.fill("#reason", "spam")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Waiting for its turn")
    bulk.decide_on(BulkDecision.objects.get().pk)
    page.wait_for_selector("text=Finished: 5,000 of 5,000")
    assert page.inner_text("#done") == "5,000"
    assert SocialNetwork.objects.filter(status="rejected", status_reason="spam").count() == 5_000


def test_the_front_page_draws_its_charts(line, page, live_server, staff):
    SocialNetwork.objects.get(pk=line[0]).accept(by=staff)
    page.goto(f"{live_server.url}/admin/")
    drawn = "[...document.querySelectorAll('canvas.chart')].map(one => Boolean(Chart.getChart(one)))"
    assert page.evaluate(drawn) == [True]
    text = page.inner_text("body")
    assert "1 decision in two weeks, 100 % of them to accept" in text
    assert staff.email in text
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
