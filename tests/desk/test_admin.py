"""The moderation desk: flat lists, decisions through the workflow, the audit trail, and nobody without the right."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connect.audit.trail import entries
from connect.desk import bulk
from connect.desk.bulk import BulkDecision
from connect.desk.models import Decision
from connect.desk.record_page import DONE
from connect.models import User
from connect.moderation import decisions
from connect.moderation.workflow import Status
from networks.models import SocialNetwork
from tests.support.api import a_claim
from tests.support.due import due, task

pytestmark = pytest.mark.django_db
LIST = "/admin/networks/socialnetwork/"
LISTS = [LIST, "/admin/pages/socialpage/", "/admin/walls/socialwall/", "/admin/channels/socialchannel/"]


def add(creator, path, number):
    noun = path.rstrip("/").rpartition("social")[2]
    if noun == "network":
        return creator.claim(name=f"maya{number}")
    body = {"network": "facebook", f"{noun}_id": f"p{number}", f"{noun}_name": f"P{number}"}
    return creator.ok(f"add/social-{noun}/", body | {f"{noun}_url": f"https://facebook.com/p{number}"})[f"{noun}_id"]


def decide(desk, decision, *pks, reason="because", **more):
    shown = {"asked_at": timezone.now().isoformat(), "_selected_action": pks}
    form = {"action": decision, "confirmed": "1", "reason": reason, **shown, **more}
    return desk.post(LIST, form, follow=True)


@pytest.mark.parametrize("path", LISTS)
class TestLists:
    def test_flat_query_counts(self, desk, alice, path):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert desk.get(path).status_code == 200
            return len(captured)

        add(alice, path, 0)
        few = queries()
        for number in range(1, 15):
            add(alice, path, number)
        assert queries() == few <= 12

    @pytest.mark.parametrize(
        "query",
        ["status__exact=pending", "network__exact=instagram", "verified__exact=0", "health__exact=none", "q=maya"],
    )
    def test_filters_and_search(self, desk, alice, path, query):
        add(alice, path, 0)
        assert desk.get(f"{path}?{query}").status_code == 200

    def test_status_cannot_be_edited(self, desk, alice, path):
        pk = add(alice, path, 0)
        page = desk.get(f"{path}{pk}/change/")
        assert b'name="status"' not in page.content
        assert b"data-audit-trail" in page.content
        answer = desk.post(f"{path}{pk}/change/", {"category": "fashion", "status": "accepted", "verified": "on"})
        assert answer.status_code == 302
        row = desk.get(f"{path}{pk}/change/").context["original"]
        assert (row.category, row.status, row.verified) == ("fashion", Status.PENDING, False)

    def test_nothing_is_added_or_deleted_here(self, desk, alice, path):
        pk = add(alice, path, 0)
        assert desk.get(f"{path}add/").status_code == 403
        assert desk.post(f"{path}{pk}/delete/", {"post": "yes"}).status_code == 403


class TestDecisions:
    def test_it_asks_for_a_reason_first(self, desk, alice):
        pk = alice.claim()
        page = desk.post(LIST, {"action": "reject", "_selected_action": pk})
        assert page.status_code == 200
        assert b'name="reason"' in page.content
        assert SocialNetwork.objects.get().status == Status.PENDING

    @pytest.mark.parametrize(
        ("before", "decision", "after"),
        [("pending", "accept", "accepted"), ("accepted", "reject", "rejected"), ("accepted", "suspend", "suspended"),
         ("suspended", "reinstate", "accepted")],
    )  # fmt: skip
    def test_a_decision(self, desk, alice, staff, before, decision, after):
        pk = alice.claim()
        SocialNetwork.objects.update(status=before)

        page = decide(desk, decision, pk, reason="seen the profile")

        network = SocialNetwork.objects.get()
        assert (network.status, network.status_reason) == (after, "seen the profile")
        assert f"{DONE[decision]}: 1.".encode() in page.content
        trail = desk.get(f"{LIST}{pk}/change/").content.decode()
        assert "seen the profile" in trail
        assert str(staff) in trail

    @pytest.mark.parametrize("decision", ["reject", "suspend"])
    def test_no_reason_no_decision(self, desk, alice, decision):
        pk = alice.claim()
        page = decide(desk, decision, pk, reason=" ")
        assert b"A reason is needed" in page.content
        assert SocialNetwork.objects.get().status == Status.PENDING

    def test_all_of_a_long_list(self, desk, alice, settings):
        settings.CONNECT_MAX_NETWORKS = 100
        for number in range(60):
            alice.claim(name=f"maya{number}")
        first = SocialNetwork.objects.order_by("-pk").values_list("pk", flat=True)[:50]
        page = desk.post(LIST, {"action": "accept", "_selected_action": list(first), "select_across": "1"})
        assert b"Accept 60 social networks" in page.content
        assert b'name="select_across" value="1"' in page.content
        decide(desk, "accept", *first, select_across="1")
        assert SocialNetwork.objects.filter(status="accepted").count() == 60

    def test_a_stale_page_does_not_override_a_newer_decision(self, desk, alice, staff):
        pk = alice.claim()
        asked_at = desk.get(LIST).context["action_form"]["asked_at"].value()
        page = desk.post(LIST, {"action": "accept", "_selected_action": pk, "asked_at": asked_at})
        assert f'name="asked_at" value="{asked_at}"'.encode() in page.content
        SocialNetwork.objects.get().reject(by=staff, reason="fraud")
        answer = decide(desk, "accept", pk, asked_at=asked_at)
        assert b"Skipped 1, decided on or flagged meanwhile" in answer.content
        assert SocialNetwork.objects.get().status == Status.REJECTED

    def test_what_was_skipped_is_said(self, desk, alice):
        pks = [alice.claim(name=name) for name in ("one", "two", "three")]
        SocialNetwork.objects.filter(pk=pks[0]).update(status=Status.DISCONNECTED)

        page = decide(desk, "accept", *pks).content.decode()

        assert "Accepted: 2." in page
        assert "Skipped 1, disconnected: it cannot be changed by accept" in page
        assert sorted(SocialNetwork.objects.values_list("status", flat=True)) == [
            "accepted",
            "accepted",
            "disconnected",
        ]


class TestThousands:
    """Decisions on more than anybody would click through."""

    @pytest.fixture
    def crowd(self, alice):
        rows = [
            SocialNetwork(user=alice.user, network="instagram", external_id=f"n{n}", url=f"https://instagram.com/n{n}")
            for n in range(2_500)
        ]
        SocialNetwork.objects.bulk_create(rows, batch_size=2_000)
        SocialNetwork.objects.filter(external_id__in=["n1", "n2", "n3"]).update(status="suspended")
        return SocialNetwork.objects.filter(external_id="n0").values_list("pk", flat=True)

    def test_it_is_answered_at_once_and_done_in_steps(self, desk, staff, crowd, monkeypatch):
        monkeypatch.setattr(decisions, "AT_ONCE", 400)
        monkeypatch.setattr(bulk, "STEPS", 2)
        with CaptureQueriesContext(connection) as captured:
            page = decide(desk, "accept", *crowd, select_across="1", reason="campaign", share="on")
        assert len(captured) < 30
        report = page.redirect_chain[-1][0]
        assert "Waiting for its turn</strong>: 0 of 2,500" in page.content.decode()
        work = BulkDecision.objects.get()
        assert due(bulk.BULK) == [work.pk]
        task("decide_in_bulk")(pk=work.pk)
        assert "Under way</strong>: 800 of 2,500" in desk.get(report).content.decode()
        while due(bulk.BULK):
            task("decide_in_bulk")(pk=work.pk)
        told = desk.get(report).content.decode()
        assert "Finished</strong>: 2,500 of 2,500" in told
        assert '<dd id="done">2,497</dd>' in told
        assert "3, suspended: it cannot be changed by accept" in told
        suspended = SocialNetwork.objects.filter(status="suspended").values_list("pk", flat=True)
        assert all(f'href="/admin/queue/network/{pk}/"' in told for pk in suspended)
        accepted = SocialNetwork.objects.filter(status="accepted", status_reason="campaign", reason_shared=True)
        assert accepted.count() == 2_497
        assert Decision.objects.filter(staff=staff, decision="accept").count() == 2_497
        assert entries(accepted.first())[0]["who"] == str(staff)

    def test_a_worker_that_lost_it_changes_nothing(self, desk, crowd):
        decide(desk, "accept", *crowd, select_across="1")
        [claim] = bulk.BULK.claim_due(timezone.now())
        [row] = bulk.BULK.begin(claim, timezone.now())
        BulkDecision.objects.update(lease_until=timezone.now())
        [again] = bulk.BULK.claim_due(timezone.now())
        assert not row.step()
        bulk.work_off(again)
        assert BulkDecision.objects.values_list("done", "after").get() == (2_497, 2_500)

    def test_a_newer_decision_is_left_as_it_is(self, desk, staff, crowd):
        asked_at = desk.get(LIST).context["action_form"]["asked_at"].value()
        SocialNetwork.objects.get(external_id="n4").reject(by=staff, reason="fraud")
        page = decide(desk, "accept", *crowd, select_across="1", asked_at=asked_at)
        bulk.decide_on(BulkDecision.objects.get().pk)
        told = desk.get(page.redirect_chain[-1][0]).content.decode()
        assert '<dd id="done">2,496</dd>' in told
        assert "1, decided on or flagged meanwhile" in told
        assert SocialNetwork.objects.get(external_id="n4").status == "rejected"

    def test_reports_are_forgotten_and_for_staff_only(self, desk, crowd, client):
        page = decide(desk, "accept", *crowd, select_across="1")
        bulk.decide_on(BulkDecision.objects.get().pk)
        BulkDecision.objects.forget(timezone.now() + timedelta(days=29))
        assert desk.get(page.redirect_chain[-1][0]).status_code == 200
        BulkDecision.objects.forget(timezone.now() + timedelta(days=31))
        assert desk.get(page.redirect_chain[-1][0]).status_code == 404

    @pytest.mark.parametrize("asked_at", ["", "yesterday", "2026-13-45", "2026-01-01T00:00:00"])
    def test_a_page_that_does_not_say_when_it_was_made_changes_nothing(self, desk, alice, asked_at):
        pk = alice.claim()
        decide(desk, "accept", pk, asked_at=asked_at)
        assert SocialNetwork.objects.get().status == "pending"


class TestRights:
    @pytest.fixture
    def viewer(self, client):
        user = User.objects.create_user("viewer", "viewer@example.org", "viewing-all-day", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename="view_socialnetwork"))
        client.force_login(user)
        return client

    def test_a_viewer_cannot_decide(self, viewer, alice):
        pk = alice.claim()
        assert viewer.get(LIST).status_code == 200
        decide(viewer, "accept", pk)
        assert SocialNetwork.objects.get().status == Status.PENDING

    def test_the_menu_is_by_work_and_for_whom_it_is(self, viewer, alice):
        alice.claim()
        menu = viewer.get("/admin/").context["sidebar_navigation"]
        shown = {group["title"]: [item for item in group["items"] if item["has_permission"]] for group in menu}
        assert [item["title"] for item in shown.pop("Desk")] == ["Front page", "Queue", "Networks"]
        assert shown == {"People": [], "Webhooks": [], "Engine": []}
        assert [item["badge"] for item in menu[0]["items"] if "badge" in item] == ["1"]

    def test_a_creator_sees_nothing(self, alice, client):
        client.force_login(alice.user)
        assert client.get(LIST).status_code == 302

    def test_signing_in_by_email(self, staff, client):
        answer = client.post("/admin/login/", {"username": staff.email, "password": "moderating-all-day"})
        assert answer.status_code == 302
        assert client.get(LIST).status_code == 200


def test_guessing_passwords_is_limited(staff, client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    wrong = {"username": staff.email, "password": "wrong"}
    for _ in range(4):
        page = client.post("/admin/login/", wrong)
    assert b"Too many failed login attempts" in page.content
    right = {"username": staff.email, "password": "moderating-all-day"}
    assert client.post("/admin/login/", right).status_code == 200
    assert client.get(LIST).status_code == 302


def test_markup_in_what_creators_send_is_text(desk, alice):
    name = "<script>alert(1)</script>"
    body = {
        "network": "facebook",
        "page_id": "p",
        "page_name": name,
        "page_url": "https://facebook.com/p",
        "category": name,
    }
    pk = alice.ok("add/social-page/", body)["page_id"]
    pages = [desk.get("/admin/pages/socialpage/"), desk.get(f"/admin/pages/socialpage/{pk}/change/")]
    assert all(name.encode() not in page.content for page in pages)


def test_no_table_of_tokens_is_shown(desk):
    page = desk.get("/admin/").content.decode().lower()
    for table in ("socialtoken", "socialapp", "socialaccount", "credential", "revocation", "tokenkey"):
        assert table not in page
    assert desk.get("/admin/socialaccount/socialtoken/").status_code == 404


def test_the_claim_page_has_the_creators_words(desk, alice):
    pk = alice.ok("action/network/approval/", a_claim(category="fashion"))["approval_id"]
    page = desk.get(f"{LIST}{pk}/change/").content.decode()
    assert "https://instagram.com/user123" in page
    assert "fashion" in page


class TestPeople:
    def test_who_has_records_is_closed_not_deleted(self, desk, alice):
        pk = alice.claim()
        path = f"/admin/connect/user/{alice.user.pk}/"
        page = desk.get(f"{path}delete/").content.decode()
        assert "cannot be deleted" in page
        assert f"{LIST}?user__id__exact={alice.user.pk}" in page
        assert [row.pk for row in desk.get(f"{LIST}?user__id__exact={alice.user.pk}").context["cl"].result_list] == [pk]
        desk.post(f"{path}delete/", {"post": "yes"})
        assert User.objects.get(pk=alice.user.pk).is_active
        answer = desk.post(f"{path}delete/", {"close": "yes"}, follow=True)
        assert "nobody can sign in with it" in answer.content.decode()
        assert not User.objects.get(pk=alice.user.pk).is_active

    def test_who_has_nothing_is_deleted(self, desk, bob):
        desk.post(f"/admin/connect/user/{bob.user.pk}/delete/", {"post": "yes"})
        assert not User.objects.filter(pk=bob.user.pk).exists()
