"""The moderators' desk: one queue over four kinds, a record held by one of them, decisions that nobody overwrites."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connect.desk.models import DecisionReason, Review
from connect.models import FollowerReading, User
from networks.models import SocialNetwork
from pages.models import SocialPage
from tests.support.roles import ROLES
from tests.support.roles import role as role_named

pytestmark = pytest.mark.django_db
QUEUE = "/admin/queue/"


def colleague(name="colleague", role="Moderator"):
    user = User.objects.create_user(name, f"{name}@example.org", "x", is_staff=True)
    user.groups.set([role_named(role)] if role in ROLES else [])
    browser = Client()
    browser.force_login(user)
    return browser


def a_page(creator, name="p1"):
    body = {"network": "facebook", "page_id": name, "page_name": "P", "page_url": f"https://facebook.com/{name}"}
    return creator.ok("add/social-page/", body)["page_id"]


@pytest.fixture
def line(alice, bob):
    """Three records that wait, the network of Alice longest."""
    pks = [alice.claim(), alice.claim("tiktok", "maya"), a_page(bob)]
    for days, (model, pk) in enumerate(zip((SocialPage, SocialNetwork, SocialNetwork), reversed(pks), strict=True)):
        model.objects.filter(pk=pk).update(status_changed_at=timezone.now() - timedelta(days=days))
    return [f"network/{pks[0]}/", f"network/{pks[1]}/", f"page/{pks[2]}/"]


def decide(browser, name, decision, reason="because", follow=False, query="", **form):
    row = SocialNetwork.objects.get(pk=name.split("/")[1]) if name.startswith("network") else SocialPage.objects.get()
    seen = {"seen": row.status, "seen_at": row.status_changed_at.isoformat()}
    seen["asked_at"] = timezone.now().isoformat()
    form = {"decision": decision, "reason": reason, **seen, **form}
    return browser.post(f"{QUEUE}{name}{query}", form, follow=follow)


def statuses():
    return dict(SocialNetwork.objects.values_list("external_id", "status"))


class TestQueue:
    def test_longest_waiting_first_with_counts(self, desk, line):
        page = desk.get(QUEUE).content.decode()
        places = [page.index(f"{QUEUE}{name}") for name in line]
        assert places == sorted(places)
        assert "2 networks" in page
        assert "1 page" in page

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("kind=page", [2]), ("network=tiktok", [1]), ("days=2", [0]), ("days=1", [0, 1]), ("verified=yes", []),
            ("flagged=no", [0, 1, 2]), ("category=food", []), ("kind=nonsense", [0, 1, 2]), ("days=-1", [0, 1, 2]),
            ("days=٣", [0, 1, 2]), ("network=tiktok&verified=no", [1]),
        ],
    )  # fmt: skip
    def test_filters(self, desk, line, query, shown):
        page = desk.get(f"{QUEUE}?{query}").content.decode()
        assert [number for number, name in enumerate(line) if f"{QUEUE}{name}" in page] == shown

    def test_the_first_one_by_a_click_with_the_filters_kept(self, desk, line):
        answer = desk.post(f"{QUEUE}?network=tiktok")
        assert answer.url == f"{QUEUE}{line[1]}?network=tiktok"
        assert desk.post(f"{QUEUE}?network=youtube").url == f"{QUEUE}?network=youtube"

    def test_it_is_as_quick_with_many(self, desk, line, alice):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert desk.get(QUEUE).status_code == 200
            return len(captured)

        few = queries()
        for number in range(15):
            alice.claim(name=f"more{number}")
        assert queries() == few

    def test_not_for_everybody(self, client, alice, line):
        client.force_login(alice.user)
        assert client.get(QUEUE).status_code == 302  # to the sign-in
        clerk = colleague(role="none")
        assert clerk.get(QUEUE).status_code == clerk.get(f"{QUEUE}{line[0]}").status_code == 403


class TestRecord:
    def test_everything_for_a_decision_is_there(self, desk, line, alice, bob, staff):
        bob.claim()  # the same identity
        row = SocialNetwork.objects.get(user=alice.user, network="instagram")
        for days, count in ((3, 4000), (1, 5200)):
            at = timezone.now() - timedelta(days=days)
            FollowerReading.objects.record({row: (count, "exact")}, as_of=at)
        SocialNetwork.objects.get(network="tiktok").reject(by=staff, reason="a fan page")
        page = desk.get(f"{QUEUE}{line[0]}").content.decode()
        for text in (
            "https://instagram.com/user123", "opens at instagram.com", "A claim: nobody has proven",
            "5,000</strong>, claimed", "bob@example.org", "a fan page", "<polyline", "Followers from 4,000", "Submit",
        ):  # fmt: skip
            assert text in page, text

    def test_the_audit_says_who_and_why(self, desk, line, staff):
        decide(desk, line[0], "suspend", "fraud")
        page = desk.get(f"{QUEUE}{line[0]}").content.decode()
        assert "suspend" in page
        assert str(staff) in page

    def test_hostile_words_stay_words(self, desk, alice):
        pk = a_page(alice)
        SocialPage.objects.update(name='<script>alert("x")</script>', url="https://facebook.com/x")
        page = desk.get(f"{QUEUE}page/{pk}/").content.decode()
        assert "<script>alert" not in page

    @pytest.mark.parametrize("name", ["network/99999999/", "thing/1/", "network/99999999999999999999999/"])
    def test_what_is_not_there(self, desk, name):
        assert desk.get(f"{QUEUE}{name}").status_code == 404

    def test_it_is_as_quick_with_a_long_history(self, desk, line, alice, staff):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert desk.get(f"{QUEUE}{line[0]}").status_code == 200
            return len(captured)

        queries()
        few = queries()
        row = SocialNetwork.objects.get(user=alice.user, network="instagram")
        for number in range(10):
            alice.claim(name=f"more{number}")
            row.accept(by=staff)
            row.reject(by=staff, reason="no")
        assert queries() <= few


class TestDeciding:
    def test_a_decision_leads_to_the_next_one(self, desk, line):
        assert decide(desk, line[0], "accept").url == f"{QUEUE}{line[1]}?"
        assert decide(desk, line[1], "reject", "spam").url == f"{QUEUE}{line[2]}?"
        assert decide(desk, line[2], "accept", follow=True).redirect_chain[-1][0] == f"{QUEUE}?"
        assert statuses() == {"user123": "accepted", "maya": "rejected"}

    def test_the_next_one_is_of_the_same_filter(self, desk, line):
        assert decide(desk, line[0], "accept", query="?kind=page").url == f"{QUEUE}{line[2]}?kind=page"

    def test_next_leaves_it_as_it_is(self, desk, line):
        assert decide(desk, line[0], "skip").url == f"{QUEUE}{line[1]}?"
        assert decide(desk, line[2], "skip").url == f"{QUEUE}{line[0]}?"  # from the end to the beginning
        assert set(statuses().values()) == {"pending"}

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_without_a_reason_nobody_is_rejected(self, desk, line, reason):
        answer = decide(desk, line[0], "reject", reason)
        assert "A reason is needed to reject" in answer.content.decode()
        assert statuses()["user123"] == "pending"

    def test_reasons_that_are_given_often_are_offered(self, desk, line):
        DecisionReason.objects.create(decision="reject", title="Spam", text="It is advertising")
        assert "It is advertising" in desk.get(f"{QUEUE}{line[0]}").content.decode()

    @pytest.mark.parametrize("decision", ["", "disconnect", "resubmit", "reconnect", "x"])
    def test_nothing_else_is_a_decision(self, desk, line, decision):
        assert decide(desk, line[0], decision).status_code == 404
        assert statuses()["user123"] == "pending"


class TestLongLines:
    def test_next_goes_on_behind_the_fiftieth(self, desk, alice):
        rows = [
            SocialNetwork(user=alice.user, network="tiktok", external_id=f"n{n}", url=f"https://tiktok.com/@n{n}")
            for n in range(55)
        ]
        now = timezone.now()
        for number, row in enumerate(rows):
            row.status_changed_at = now - timedelta(days=100 - number % 50)
        SocialNetwork.objects.bulk_create(rows)
        at, seen = desk.post(QUEUE).headers["Location"], []
        while at.partition("?")[0] not in seen:
            seen.append(at.partition("?")[0])
            at = desk.post(at, {"decision": "skip"}).headers["Location"]
        assert len(seen) == 55

    def test_a_record_that_is_given_to_one_is_given_to_nobody_else(self, desk, line):
        other = colleague()
        assert desk.post(QUEUE).headers["Location"].startswith(f"{QUEUE}{line[0]}")
        assert other.post(QUEUE).headers["Location"].startswith(f"{QUEUE}{line[1]}")

    def test_who_shares_only_the_networks_home_is_no_rival(self, desk, alice, bob, sandbox):
        first = alice.connected("linkedin", "maya")
        bob.connected("linkedin", "noor")
        assert desk.get(f"{QUEUE}network/{first}/").context["rivals"] == []


class TestTwoModerators:
    def test_who_takes_a_record_keeps_it_from_the_others(self, desk, line):
        other = colleague()
        desk.post(QUEUE)
        assert f"{QUEUE}{line[0]}" not in other.get(QUEUE).content.decode()
        assert other.post(QUEUE).url == f"{QUEUE}{line[1]}?"
        page = other.get(f"{QUEUE}{line[0]}").content.decode()
        assert "has this record until" in page
        assert 'value="accept"' not in page
        answer = decide(other, line[0], "accept")
        assert "A colleague has this record" in answer.content.decode()
        assert statuses()["user123"] == "pending"

    def test_reading_is_never_holding(self, desk, line):
        for path in ("", "?next=1", line[0]):
            page = desk.get(f"{QUEUE}{path}")
            assert page.status_code == 200
        assert not Review.objects.exists()
        assert "Colleagues may be sent here too" in page.content.decode()
        assert colleague().post(QUEUE).url == f"{QUEUE}{line[0]}?"

    def test_holding_is_an_act_of_its_own(self, desk, line):
        answer = desk.post(f"{QUEUE}{line[0]}", {"decision": "hold"}, follow=True)
        assert "Yours until" in answer.content.decode()
        other = colleague()
        assert other.post(QUEUE).url == f"{QUEUE}{line[1]}?"
        answer = other.post(f"{QUEUE}{line[0]}", {"decision": "hold"}, follow=True)
        assert "A colleague has this record." in answer.content.decode()

    def test_it_comes_back_when_it_was_left_lying(self, desk, line):
        desk.post(QUEUE)
        Review.objects.update(until=timezone.now())
        other = colleague()
        assert f"{QUEUE}{line[0]}" in other.get(QUEUE).content.decode()
        assert decide(other, line[0], "accept").status_code == 302

    def test_passing_it_on_frees_it(self, desk, line):
        desk.post(QUEUE)
        decide(desk, line[0], "skip")
        assert f"{QUEUE}{line[0]}" in colleague().get(QUEUE).content.decode()

    def test_an_old_page_does_not_overwrite_a_newer_decision(self, desk, line, staff):
        row = SocialNetwork.objects.get(external_id="user123")
        stale = {"seen": row.status, "seen_at": row.status_changed_at.isoformat()}
        row.reject(by=staff, reason="no")
        row.transition("resubmit", by=None)  # pending again, but another case
        answer = decide(desk, line[0], "accept", **stale)
        assert "it was changed meanwhile" in answer.content.decode()
        assert statuses()["user123"] == "pending"

    @pytest.mark.parametrize("seen_at", ["", "x", "2020-99-99T00:00:00Z", "2020-01-01T00:00:00Z"])
    def test_a_form_that_does_not_say_what_it_saw(self, desk, line, seen_at):
        decide(desk, line[0], "accept", seen_at=seen_at)
        assert statuses()["user123"] == "pending"

    def test_an_auditor_looks_and_holds_nothing(self, desk, line):
        auditor = colleague(role="Auditor")
        page = auditor.get(f"{QUEUE}{line[0]}").content.decode()
        assert "There is nothing that you can decide here" in page
        for decision in ("hold", "accept"):
            assert decide(auditor, line[0], decision).status_code == 403
        assert not Review.objects.exists()

    def test_a_moderator_cannot_reinstate(self, line, staff):
        SocialNetwork.objects.get(external_id="user123").suspend(by=staff, reason="fraud")
        moderator = colleague()
        assert 'value="reinstate"' not in moderator.get(f"{QUEUE}{line[0]}").content.decode()
        assert decide(moderator, line[0], "reinstate").status_code == 403
        assert decide(colleague("lead", "Lead"), line[0], "reinstate").status_code in (200, 302)
