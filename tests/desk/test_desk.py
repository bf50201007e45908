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
from social_auth.demo.factories import NetworkFactory, UserFactory
from tests.support.plans import analyze, reading_all_of, statements
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


@pytest.fixture
def many_accepted(alice):
    users = User.objects.bulk_create([UserFactory.build(username=f"somebody{number}") for number in range(3000)])
    rows = [NetworkFactory.build(user=user, connected=True, external_id=f"n{user.pk}") for user in users]
    SocialNetwork.objects.bulk_create([*rows, NetworkFactory.build(user=alice.user)])
    analyze("networks_socialnetwork", "connect_user")


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
        assert queries() == few <= 32

    def test_sorted_by_followers_also_when_going_on(self, desk, line):
        for name, count in zip(line[:2], (10, 5_000), strict=True):
            SocialNetwork.objects.filter(pk=name.split("/")[1]).update(followers=count)
        SocialPage.objects.update(followers=None)
        order, query = [line[1], line[0], line[2]], "?sort=followers"
        page = desk.get(f"{QUEUE}{query}").content.decode()
        places = [page.index(f"{QUEUE}{name}") for name in order]
        assert places == sorted(places)
        assert decide(desk, order[0], "skip", query=query).url == f"{QUEUE}{order[1]}{query}"
        assert decide(desk, order[1], "skip", query=query).url == f"{QUEUE}{order[2]}{query}"
        assert decide(desk, order[2], "skip", query=query).url == f"{QUEUE}{order[0]}{query}"

    def test_newest_first(self, desk, line):
        page = desk.get(f"{QUEUE}?sort=newest").content.decode()
        places = [page.index(f"{QUEUE}{name}") for name in line]
        assert places == sorted(places, reverse=True)
        assert decide(desk, line[2], "skip", query="?sort=newest").url == f"{QUEUE}{line[1]}?sort=newest"

    @pytest.mark.parametrize(("text", "shown"), [("bob@", [2]), ("maya", [1]), ("user1", [0]), ("nobody", [])])
    def test_search(self, desk, line, text, shown):
        page = desk.get(QUEUE, {"q": text}).content.decode()
        assert [number for number, name in enumerate(line) if f"{QUEUE}{name}" in page] == shown

    def test_pages(self, desk, alice, line):
        rows = [NetworkFactory.build(user=alice.user, external_id=f"n{number}") for number in range(60)]
        SocialNetwork.objects.bulk_create(rows)
        first, second = (desk.get(QUEUE, {"page": number}).content.decode() for number in ("1", "2"))
        assert "1 to 50 of 63" in first
        assert "51 to 63 of 63" in second
        assert f"{QUEUE}{line[0]}" in first
        assert f"{QUEUE}{line[0]}" not in second
        for page in ("0", "x", "-1", "99999999999", "41"):
            assert desk.get(QUEUE, {"page": page}).status_code == 200

    def test_no_page_of_it_reads_all_records(self, desk, many_accepted):
        for query in ("", "?sort=followers", "?sort=newest", "?q=maya", "?flagged=yes", "?page=3"):
            with statements() as told:
                assert desk.get(f"{QUEUE}{query}").status_code == 200
            assert reading_all_of(told, "networks_socialnetwork") == [], query

    def test_the_end_of_a_filter_offers_the_rest(self, desk, line):
        page = decide(desk, line[1], "accept", query="?network=tiktok", follow=True).content.decode()
        assert "Nothing else is waiting with this filter" in page
        assert "Show everything that waits" in page

    def test_several_at_once(self, desk, line):
        desk.post(f"{QUEUE}{line[1]}", {"decision": "hold"})
        names = [":".join(name.split("/")[:2]) for name in line] + ["page:999", "x:1", "network:x"]
        form = {"record": names, "asked_at": timezone.now().isoformat(), "decision": "reject"}
        other = colleague()
        assert "A reason is needed" in other.post(f"{QUEUE}decide/", form, follow=True).content.decode()
        page = other.post(f"{QUEUE}decide/", form | {"reason": "spam"}, follow=True).content.decode()
        assert "Rejected: 2." in page
        assert "Skipped 1, a colleague has them" in page
        assert statuses() == {"user123": "rejected", "maya": "pending"}
        ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
        assert "Undone: 2" in other.post(f"{QUEUE}undo/", {"ticket": ticket}, follow=True).content.decode()
        assert set(statuses().values()) == {"pending"}
        assert other.post(f"{QUEUE}decide/", form | {"decision": "disconnect"}).status_code == 404
        assert colleague("looker", "Auditor").post(f"{QUEUE}decide/", form).status_code == 403

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
