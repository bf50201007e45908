"""What creators hear of decisions, and their one appeal against each."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from connect.audit.trail import entries
from networks.models import SocialNetwork
from pages.models import SocialPage
from tests.desk.test_desk import QUEUE, colleague, decide

pytestmark = pytest.mark.django_db
APPEAL = "action/network/appeal/"


def shown(creator):
    return creator.ok("get/networks/", {"view": "full"})["networks"][0]


@pytest.fixture
def network(alice):
    return SocialNetwork.objects.get(pk=alice.claim())


class TestReason:
    @pytest.mark.parametrize("share", [True, False])
    def test_it_is_told_if_the_moderator_chose_to(self, desk, alice, network, share):
        name = f"network/{network.pk}/"
        desk.get(f"{QUEUE}{name}")
        decide(desk, name, "reject", reason="The link is dead", **({"share": "on"} if share else {}))
        assert shown(alice)["status_reason"] == ("The link is dead" if share else "")

    def test_resubmitting_forgets_it(self, alice, network, staff):
        network.transition("reject", by=staff, reason="The link is dead", share=True)
        alice.claim()
        assert shown(alice)["status_reason"] == ""


class TestNextSteps:
    @pytest.mark.parametrize(
        ("status", "more", "steps"),
        [
            ("pending", {}, ["wait"]),
            ("pending", {"health": "revoked"}, ["wait", "reconnect"]),
            ("accepted", {}, []),
            ("accepted", {"health": "reauth_required"}, ["reconnect"]),
            ("accepted", {"health": "expiring"}, ["reconnect"]),
            ("rejected", {}, ["resubmit", "appeal"]),
            ("rejected", {"appealed_at": timezone.now()}, ["resubmit"]),
            ("rejected", {"appealed_at": timezone.now(), "appeal_open": True}, ["resubmit", "wait"]),
            ("suspended", {}, ["appeal"]),
            ("suspended", {"health": "revoked"}, ["appeal"]),
            ("suspended", {"appealed_at": timezone.now(), "appeal_open": True}, ["wait"]),
            ("suspended", {"appealed_at": timezone.now()}, []),
            ("disconnected", {}, ["reconnect"]),
            ("disconnected", {"disconnected_from": "suspended"}, []),
        ],
    )  # fmt: skip
    def test_are_those_that_work(self, alice, network, status, more, steps):
        SocialNetwork.objects.update(status=status, **more)
        assert shown(alice)["next_steps"] == steps


class TestAppeal:
    def suspended(self, network, staff):
        network.suspend(by=staff, reason="fraud")

    def test_it_puts_the_case_before_staff_and_changes_nothing(self, desk, alice, network, staff):
        self.suspended(network, staff)
        answer = alice.ok(APPEAL, {"network_id": network.pk, "text": "It was my brother\nHe is sorry"})
        assert answer == {"status": "success", "message": "Appeal submitted"}
        row = shown(alice)
        assert (row["status"], row["next_steps"]) == ("suspended", ["wait"])
        assert f"{QUEUE}network/{network.pk}/" in desk.get(QUEUE).content.decode()
        page = desk.get(f"{QUEUE}network/{network.pk}/").content.decode()
        assert "It was my brother" in page
        assert "Uphold" in page
        appeal = entries(network)[0]
        assert (appeal["what"], appeal["who"]) == ("appeal", alice.email)

    @pytest.mark.parametrize("content", ["json", "form", "multipart"])
    def test_once_for_each_decision(self, desk, alice, network, staff, content):
        self.suspended(network, staff)
        body = {"network_id": network.pk, "text": "Please"}
        assert alice.post(APPEAL, body, content).status_code == 200
        assert alice.refused(APPEAL, body, content)[1]["message"] == "This decision was appealed against already"
        name = f"network/{network.pk}/"
        desk.get(f"{QUEUE}{name}")
        decide(desk, name, "uphold", reason="We looked again", share="on")
        assert alice.refused(APPEAL, body, content)[0] == 409
        row = shown(alice)
        assert (row["status"], row["status_reason"], row["next_steps"]) == ("suspended", "We looked again", [])

        network.reinstate(by=staff)
        network.reject(by=staff, reason="spam")
        assert shown(alice)["next_steps"] == ["resubmit", "appeal"]
        assert alice.post(APPEAL, body, content).status_code == 200

    def test_granted(self, alice, network, staff):
        self.suspended(network, staff)
        alice.ok(APPEAL, {"network_id": network.pk, "text": "Please"})
        lead = colleague("lead", "Lead")
        name = f"network/{network.pk}/"
        lead.get(f"{QUEUE}{name}")
        decide(lead, name, "reinstate", follow=True)
        assert shown(alice)["status"] == "accepted"
        assert f"{QUEUE}{name}" not in lead.get(QUEUE).content.decode()

    def test_a_rejection_may_be_turned_by_an_accept(self, desk, alice, network, staff):
        network.reject(by=staff, reason="spam")
        alice.ok(APPEAL, {"network_id": network.pk, "text": "Please"})
        name = f"network/{network.pk}/"
        desk.get(f"{QUEUE}{name}")
        decide(desk, name, "accept")
        network.refresh_from_db()
        assert (network.status, network.appeal_open, network.flags) == ("accepted", False, [])

    def test_no_uphold_without_an_appeal(self, desk, network, staff):
        self.suspended(network, staff)
        name = f"network/{network.pk}/"
        assert "Uphold" not in desk.get(f"{QUEUE}{name}").content.decode()
        before = network.status_changed_at
        decide(desk, name, "uphold")
        network.refresh_from_db()
        assert network.status_changed_at == before

    @pytest.mark.parametrize("status", ["pending", "accepted", "disconnected"])
    def test_only_against_what_can_be_appealed_against(self, alice, network, status):
        SocialNetwork.objects.update(status=status)
        code, body = alice.refused(APPEAL, {"network_id": network.pk, "text": "Please"})
        assert (code, body["error"]) == (409, "invalid_transition")
        assert not SocialNetwork.objects.get().appeal_open

    def test_it_is_no_way_out_of_a_suspension(self, alice, bob, network, staff):
        self.suspended(network, staff)
        alice.ok(APPEAL, {"network_id": network.pk, "text": "Please"})
        assert alice.refused("action/network/approval/", {"network_type": "instagram", "network_id": "user123",
                             "network_url": "https://instagram.com/user123"})[0] == 403  # fmt: skip
        alice.ok("network/disconnect/", {"network_id": network.pk})
        assert SocialNetwork.objects.get(pk=bob.claim()).status == "suspended"

    def test_it_outlives_a_disconnect(self, desk, alice, staff, sandbox):
        pk = alice.connected("tiktok")
        row = SocialNetwork.objects.get(pk=pk)
        row.transition("suspend", by=staff, reason="fraud", share=True)
        alice.ok(APPEAL, {"network_id": pk, "text": "Please"})
        row.disconnect(by=None, health="revoked")
        assert f"network/{pk}/" not in desk.get(QUEUE).content.decode()
        alice.connected("tiktok")
        told = shown(alice)
        assert (told["status"], told["status_reason"], told["next_steps"]) == ("suspended", "fraud", ["wait"])
        assert f"network/{pk}/" in desk.get(QUEUE).content.decode()

    def test_resubmitting_ends_it(self, alice, network, staff):
        network.reject(by=staff, reason="spam")
        alice.ok(APPEAL, {"network_id": network.pk, "text": "Please"})
        alice.claim()
        network.refresh_from_db()
        assert (network.flags, network.appeal_open) == ([], False)

    def test_ops_see_it_in_the_list(self, alice, network, staff, capsys):
        network.suspend(by=staff, reason="fraud")
        alice.ok(APPEAL, {"network_id": network.pk, "text": "Please"})
        call_command("moderate", "list")
        assert f"network:{network.pk}" in capsys.readouterr().out

    def test_wrong_bodies_and_foreign_records(self, alice, bob, network, staff):
        self.suspended(network, staff)
        mine = {"network_id": network.pk}
        wrong = [(mine, "text"), (mine | {"text": " "}, "text"), (mine | {"text": "x" * 2001}, "text")]
        for body, field in [*wrong, ({"text": "x"}, "network_id")]:
            assert alice.refused(APPEAL, body)[1]["field"] == field
        assert bob.refused(APPEAL, {"network_id": network.pk, "text": "x"})[0] == 403
        assert alice.refused(APPEAL, {"network_id": 999999, "text": "x"})[1]["error"] == "network_not_found"
        assert not SocialNetwork.objects.get().appeal_open

    def test_pages_too(self, alice, staff):
        body = {"network": "facebook", "page_id": "p", "page_name": "P", "page_url": "https://facebook.com/p"}
        pk = alice.ok("add/social-page/", body)["page_id"]
        SocialPage.objects.get().reject(by=staff, reason="spam")
        alice.ok("action/social-page/appeal/", {"page_id": pk, "text": "Please"})
        assert alice.ok("get/social-pages/", {"view": "full"})["pages"][0]["next_steps"] == ["resubmit", "wait"]

    def test_it_stands_in_line_from_the_day_of_the_appeal(self, desk, alice, bob, network, staff):
        self.suspended(network, staff)
        SocialNetwork.objects.update(status_changed_at=timezone.now() - timedelta(days=400))
        other = bob.claim("tiktok")
        SocialNetwork.objects.filter(pk=other).update(status_changed_at=timezone.now() - timedelta(days=1))
        alice.ok(APPEAL, {"network_id": network.pk, "text": "Please"})
        page = desk.get(QUEUE).content.decode()
        assert page.index(f"network/{other}/") < page.index(f"network/{network.pk}/")
        assert "waiting 1\xa0year" not in page
