"""A list asked for as a whole comes with the query for who calls; however it is asked, it is the same."""

import pytest
from django.test import Client

from connect.errors import InvalidAccessToken
from connect.models import User
from tests.support.calls import a_submission

pytestmark = pytest.mark.django_db
LISTS = ["networks", "social-pages", "social-walls", "social-channels"]
EVERYTHING = [{}, {"view": "brief"}, {"limit": 500}]
"""Ways to ask for it: only the first is asked together with who calls."""


def add_everything(creator, count: int) -> None:
    for number in range(count):
        creator.claim(name=f"maya{number}")
        for noun, counted in (("page", "followers"), ("wall", "followers"), ("channel", "subscribers")):
            creator.ok(f"add/social-{noun}/", a_submission(noun, number, counted))


def rows(answer) -> list:
    assert answer.status_code == 200, answer.content
    return next(value for name, value in answer.json().items() if name != "next_cursor")


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_is_the_same_however_it_is_asked(alice, bob, kind, count):
    add_everything(bob, 2)
    add_everything(alice, count)

    by_bearer = [rows(alice.post(f"get/{kind}/", body)) for body in EVERYTHING]
    empty = alice.client.post(f"/api/get/{kind}/", headers={"Authorization": f"Bearer {alice.bearer}"})
    by_session = Client().post(f"/api/get/{kind}/", headers={"X-Session-Token": alice.session_token})

    first = by_bearer[0]
    assert [row["id"] for row in first] == sorted(row["id"] for row in first)
    assert len(first) == count
    assert [*by_bearer, rows(empty), rows(by_session)] == [first] * 5


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("count", [0, 3])
def test_who_has_no_say_gets_nothing(alice, kind, count):
    add_everything(alice, count)
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    for body in (*EVERYTHING, {"view": "x"}, {"cursor": "-"}):
        status, error = alice.refused(f"get/{kind}/", body)
        assert (status, error) == (401, InvalidAccessToken().body)


@pytest.mark.parametrize("method", ["get", "put", "delete", "options", "head"])
def test_another_method_reads_nothing(alice, method):
    answer = getattr(alice.client, method)("/api/get/networks/", headers={"Authorization": f"Bearer {alice.bearer}"})
    assert answer.status_code == 405


@pytest.mark.parametrize("kind", LISTS)
def test_no_list_is_longer_than_an_answer_may_be(alice, settings, monkeypatch, kind):
    settings.CONNECT_MAX_NETWORKS = settings.CONNECT_MAX_SUBMISSIONS = 3
    monkeypatch.setattr("connect.api.rows.MAX_PAGE", 2)
    add_everything(alice, 3)
    assert "next_cursor" not in alice.ok(f"get/{kind}/"), "all that may be live at once"
    whole = alice.ok(f"get/{kind}/")
    settings.CONNECT_MAX_NETWORKS = settings.CONNECT_MAX_SUBMISSIONS = 1

    for body in ({}, {"view": "full"}):
        first = alice.ok(f"get/{kind}/", body)
        rest = alice.ok(f"get/{kind}/", {**body, "cursor": first["next_cursor"]})
        assert "next_cursor" not in rest
        name = next(iter(whole))
        assert [len(first[name]), len(rest[name])] == [2, 1]
        assert [row["id"] for row in first[name] + rest[name]] == [row["id"] for row in whole[name]]
