"""Staff read pages where apps get JSON, whatever is wrong."""

import pytest
from django.db import OperationalError
from django.test import Client

from connect.desk import queue_page
from tests.desk.test_desk import colleague

pytestmark = pytest.mark.django_db
QUEUE = "/admin/queue/"


def is_page(answer, status, words):
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (status, "text/html")
    assert words in page
    assert answer["X-Request-ID"] in page
    assert "script" not in page
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["queue/network/99999999/", "nothing/", "queue/bulk/9/"])
def test_what_is_not_there(desk, path):
    is_page(desk.get(f"/admin/{path}"), 404, "There is nothing here")


def test_what_is_not_for_that_person():
    is_page(colleague(role="none").get(QUEUE), 403, "This is not for you")
    is_page(colleague("looker", "Auditor").get("/admin/budgets/networkpause/add/"), 403, "This is not for you")


def test_a_form_that_is_too_old(staff):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)
    is_page(browser.post(QUEUE), 403, "This form is too old")
    is_page(browser.post("/admin/login/"), 403, "This form is too old")


def test_what_nobody_foresaw(desk, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(queue_page.queue, "page", fail)
    desk.raise_request_exception = False
    is_page(desk.get(QUEUE), 500, "Something went wrong on our side")


def test_a_database_that_is_away(desk, monkeypatch):
    def down(*_, **__):
        raise OperationalError("down")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", down)
    answer = desk.get(QUEUE)
    is_page(answer, 503, "The service is away for a moment")
    assert answer["Retry-After"] == "5"


def test_apps_get_what_they_can_read(client):
    for path in ("/api/nothing/", "/nothing/"):
        assert client.get(path).json()["error"] == "not_found"
