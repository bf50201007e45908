"""The status workflow: what the table allows happens, everything else is refused and changes nothing."""

import pytest
from django.utils import timezone

from connect.moderation.workflow import STAFF_DECISIONS, Health, InvalidTransition, Level, ReasonMissing, Status
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.demo.factories import NetworkFactory
from tests.support.api import a_claim

pytestmark = pytest.mark.django_db
ALLOWED = {
    ("resubmit", "pending"): "pending",
    ("resubmit", "rejected"): "pending",
    ("resubmit", "disconnected"): "pending",
    ("accept", "pending"): "accepted",
    ("accept", "rejected"): "accepted",
    ("reject", "pending"): "rejected",
    ("reject", "accepted"): "rejected",
    ("suspend", "pending"): "suspended",
    ("suspend", "accepted"): "suspended",
    ("reinstate", "suspended"): "accepted",
    ("disconnect", "pending"): "disconnected",
    ("disconnect", "accepted"): "disconnected",
    ("disconnect", "rejected"): "disconnected",
    ("disconnect", "suspended"): "disconnected",
}
NAMES = ("resubmit", "disconnect", *STAFF_DECISIONS)


def a_network(user, status, **traits):
    return NetworkFactory(**{"user": user, "status": status, "external_id": "maya", **traits})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", Status.values)
def test_transition(alice, staff, name, status):
    network = a_network(alice.user, status)

    if (name, status) in ALLOWED:
        network.transition(name, by=staff, reason="because")
        assert network.status == ALLOWED[name, status]
    else:
        with pytest.raises(InvalidTransition):
            network.transition(name, by=staff, reason="because")
        assert SocialNetwork.objects.get().status == status


@pytest.mark.parametrize("name", ["reject", "suspend"])
def test_hard_decisions_need_a_reason(alice, staff, name):
    network = a_network(alice.user, Status.PENDING)
    with pytest.raises(ReasonMissing):
        network.transition(name, by=staff, reason="  ")
    assert SocialNetwork.objects.get().status == Status.PENDING


def test_a_stale_object_cannot_overwrite_a_newer_decision(alice, staff):
    network = a_network(alice.user, Status.PENDING)
    stale = SocialNetwork.objects.get()
    network.suspend(by=staff, reason="fraud")

    with pytest.raises(InvalidTransition):
        stale.accept(by=staff)

    assert stale.status == SocialNetwork.objects.get().status == Status.SUSPENDED


@pytest.mark.parametrize("before", ["pending", "accepted", "rejected", "suspended"])
def test_reconnecting_gives_back_what_was(alice, sandbox, staff, before):
    pk = alice.connected("twitter")  # proof level user: it waits for staff
    SocialNetwork.objects.filter(pk=pk).update(status=before)
    alice.ok("network/disconnect/", {"network_id": pk})

    assert alice.connected("twitter") == pk

    assert SocialNetwork.objects.get().status == before
    assert SocialNetwork.objects.get().disconnected_from == ""


class TestSuspensionCannotBeShakenOff:
    @pytest.fixture
    def suspended(self, alice, sandbox, staff):
        pk = alice.connected("facebook")
        SocialNetwork.objects.get(pk=pk).suspend(by=staff, reason="fraud")
        return SocialNetwork.objects.get(pk=pk)

    def test_it_can_be_read_and_disconnected_but_not_changed(self, alice, suspended):
        pk = suspended.pk
        assert alice.ok("network/status/", {"network_id": pk})["status"] == "suspended"
        extra = {"network_id": pk, "extra_data": {"bio": "x"}}
        assert alice.refused("action/network-extra/update/", extra)[1]["error"] == "permission_denied"
        claim = a_claim("facebook", suspended.external_id)
        assert alice.refused("action/network/approval/", claim)[1]["error"] == "permission_denied"

    def test_by_reconnecting(self, alice, suspended):
        alice.ok("network/disconnect/", {"network_id": suspended.pk})
        claim = a_claim("facebook", suspended.external_id)
        assert alice.refused("action/network/approval/", claim)[1]["error"] == "permission_denied"

        alice.connected("facebook")

        assert SocialNetwork.objects.get().status == Status.SUSPENDED

    def test_by_somebody_else(self, alice, bob, suspended):
        assert bob.connect("facebook").status_code == 409
        alice.ok("network/disconnect/", {"network_id": suspended.pk})

        pk = bob.connected("facebook")

        assert SocialNetwork.objects.get(pk=pk).status == Status.SUSPENDED

    def test_by_somebody_elses_claim(self, bob, suspended):
        pk = bob.ok("action/network/approval/", a_claim("facebook", suspended.external_id))["approval_id"]
        assert SocialNetwork.objects.get(pk=pk).status == Status.SUSPENDED


class TestClaims:
    def test_claiming_twice_is_claiming_once(self, alice):
        assert alice.claim() == alice.claim(followers=6000)
        assert SocialNetwork.objects.get().followers == 6000

    def test_a_rejected_claim_goes_back_to_pending(self, alice, staff):
        pk = alice.claim()
        SocialNetwork.objects.get().reject(by=staff, reason="no such account")

        assert alice.claim() == pk

        assert SocialNetwork.objects.get().status == Status.PENDING

    def test_an_accepted_one_is_connected_already(self, alice, staff):
        alice.claim()
        SocialNetwork.objects.get().accept(by=staff)
        assert alice.refused("action/network/approval/", a_claim())[1]["error"] == "network_already_connected"

    def test_a_proof_verifies_the_claim_in_place(self, alice, sandbox):
        pk = alice.claim("instagram", "Maya", followers=1)

        assert alice.connected("instagram", "maya") == pk

        network = SocialNetwork.objects.get()
        assert (network.status, network.verified, network.verification_level) == ("accepted", True, "app")
        assert network.followers > 1
        assert network.followers_source == "exact"

    def test_a_proof_by_url_counts_too(self, alice, sandbox):
        claim = a_claim("youtube", "my-channel") | {
            "network_url": "https://www.youtube.com/channel/UCmaya------------------?si=x"
        }
        pk = alice.ok("action/network/approval/", claim)["approval_id"]
        assert alice.connected("google", "maya") == pk

    def test_a_rejected_claim_is_verified_but_stays_rejected(self, alice, staff, sandbox):
        alice.claim("instagram", "maya")
        SocialNetwork.objects.get().reject(by=staff, reason="fake numbers")

        alice.connected("instagram", "maya")

        network = SocialNetwork.objects.get()
        assert (network.status, network.verified) == (Status.REJECTED, True)

    def test_a_weak_proof_leaves_it_pending(self, alice, sandbox):
        alice.claim("twitter", "maya")
        alice.connected("twitter", "maya")
        network = SocialNetwork.objects.get()
        assert (network.status, network.verified, network.verification_level) == (Status.PENDING, True, Level.USER)

    def test_a_claim_on_somebody_elses_account_is_flagged(self, alice, bob, sandbox):
        alice.connected("instagram", "maya")
        pk = bob.claim("instagram", "maya")
        network = SocialNetwork.objects.get(pk=pk)
        assert (network.status, network.flags) == (Status.PENDING, ["proven_by_other"])

    @pytest.mark.parametrize(("level", "status"), [("app", "pending"), ("user", "pending"), ("none", "accepted")])
    def test_the_setting_names_the_level_that_is_accepted(self, alice, settings, level, status):
        settings.CONNECT_AUTO_ACCEPT_LEVEL = level
        alice.claim()
        assert SocialNetwork.objects.get().status == status

    def test_user_level_accepted_if_so_set(self, alice, sandbox, settings):
        settings.CONNECT_AUTO_ACCEPT_LEVEL = "user"
        alice.connected("twitter")
        assert SocialNetwork.objects.get().status == Status.ACCEPTED

    def test_resubmitting_after_a_disconnect_is_a_claim_again(self, alice, sandbox):
        pk = alice.connected("instagram", "maya")
        alice.ok("network/disconnect/", {"network_id": pk})

        assert alice.claim("instagram", "maya") == pk

        network = SocialNetwork.objects.get()
        assert (network.status, network.verified, network.health) == (Status.PENDING, False, Health.NONE)

    def test_pages_know_no_limit(self, alice, settings):
        settings.CONNECT_MAX_NETWORKS = 1
        for number in range(3):
            page = {"network": "facebook", "page_id": f"p{number}", "page_name": "P"}
            alice.ok("add/social-page/", page | {"page_url": f"https://facebook.com/p{number}"})
        assert SocialPage.objects.count() == 3


class TestOwnership:
    def test_level_app_displaces_level_user(self, alice, bob, sandbox):
        pk = alice.connected("instagram", "maya", kind="long")
        assert SocialNetwork.objects.get().verification_level == Level.USER
        SocialNetwork.objects.update(status=Status.ACCEPTED)

        won = bob.connected("instagram", "maya")

        lost = SocialNetwork.objects.get(pk=pk)
        assert (lost.status, lost.verified, lost.flags) == (
            Status.PENDING,
            False,
            ["displaced_by_proof", "proven_by_other"],
        )
        assert not hasattr(lost, "credential")
        assert SocialNetwork.objects.get(pk=won).status == Status.ACCEPTED

    def test_user_does_not_displace_anybody(self, alice, bob, sandbox):
        alice.connected("twitter", "maya")
        assert bob.connect("twitter", "maya").status_code == 409

    def test_after_a_disconnect_it_is_the_next_ones(self, alice, bob, sandbox):
        pk = alice.connected("facebook")
        alice.ok("network/disconnect/", {"network_id": pk})

        bob.connected("facebook")

        assert alice.connect("facebook").status_code == 409

    def test_connecting_again_needs_a_gain(self, alice, sandbox):
        pk = alice.connected("instagram", "maya", kind="long")
        assert alice.connect("instagram", "maya", kind="long").status_code == 409

        assert alice.connected("instagram", "maya") == pk  # the level rises

        SocialNetwork.objects.update(health=Health.REAUTH_REQUIRED)
        assert alice.connected("instagram", "maya") == pk  # it heals
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_a_handle_that_passed_on(self, alice, sandbox):
        old = alice.connected("twitter", "maya")
        SocialNetwork.objects.filter(pk=old).update(provider_uid="12345")  # another account had the handle then

        new = alice.connected("twitter", "maya")

        assert new != old
        assert SocialNetwork.objects.get(pk=old).external_id == "12345"


class TestAudit:
    def test_who_why_and_in_which_request(self, alice, desk, staff):
        alice.claim()
        network = SocialNetwork.objects.get()
        form = {"action": "suspend", "confirmed": "1", "reason": "fraud", "_selected_action": network.pk}
        form["asked_at"] = timezone.now().isoformat()
        desk.post("/admin/networks/socialnetwork/", form, headers={"X-Request-ID": "request-of-staff"})

        events = list(network.events.order_by("pgh_id").select_related("pgh_context"))

        assert [event.status for event in events] == ["pending", "suspended"]
        metadata = events[-1].pgh_context.metadata
        assert (metadata["action"], metadata["by"], metadata["reason"]) == ("suspend", str(staff), "fraud")
        assert metadata["request"] == "request-of-staff"

    def test_what_the_owner_did_and_what_the_system_decided_stay_apart(self, alice, sandbox):
        alice.connected("facebook")
        events = SocialNetwork.objects.get().events.order_by("pgh_id").select_related("pgh_context")
        told = [
            (event.status, event.pgh_context.metadata["action"], event.pgh_context.metadata["by"]) for event in events
        ]
        assert told == [
            ("pending", "connect", alice.email),
            ("pending", "connect", alice.email),
            ("accepted", "accept_automatically", "system"),
        ]
        assert len({event.pgh_context.metadata["request"] for event in events}) == 1

    def test_no_code_path_can_forget_it(self, alice):
        alice.claim()
        SocialNetwork.objects.update(health=Health.REVOKED)
        assert [event.health for event in SocialNetwork.objects.get().events.order_by("pgh_id")] == ["none", "revoked"]

    def test_a_misspelt_status_is_refused_by_the_database(self, alice):
        from django.db import IntegrityError

        alice.claim()
        with pytest.raises(IntegrityError):
            SocialNetwork.objects.update(status="approved")


def test_leaves_inherit_every_constraint():
    from django.apps import apps

    from connect.models import SocialResource

    leaves = [model for model in apps.get_models() if issubclass(model, SocialResource)]
    assert len(leaves) == 4
    for model in leaves:
        assert len(model._meta.constraints) == len(SocialResource._meta.constraints)


def test_a_decision_on_what_was_erased_meanwhile(alice, staff):
    network = SocialNetwork.objects.get(pk=alice.claim())
    SocialNetwork.objects.filter(pk=network.pk).delete()
    with pytest.raises(InvalidTransition, match="This is erased: it cannot be changed by suspend"):
        network.suspend(by=staff, reason="fraud")
