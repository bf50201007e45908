"""A suspension that a record has only because another one is suspended: what a proof and a reinstatement make of it."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connect.events.models import Event
from connect.moderation import suspensions
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.assets.models import Discovery
from social_auth.demo.factories import NetworkFactory
from social_auth.sandbox.accounts import Account
from tests.assets.test_discovery import run_due, submit
from tests.desk.test_admin import decide
from tests.support.api import a_claim
from tests.support.due import erase_all

pytestmark = pytest.mark.django_db
FLAG = "suspended_as_claim"
APPROVAL = "action/network/approval/"
PAGES = "/admin/pages/socialpage/"


def network(pk):
    return SocialNetwork.objects.get(pk=pk)


def state(pk, model=SocialNetwork):
    """With those of its flags that are about suspensions."""
    row = model.objects.get(pk=pk)
    return row.status, row.verified, [flag for flag in row.flags if "suspended" in flag]


def claimed(creator, handle):
    return creator.ok(APPROVAL, a_claim("youtube", handle, network_url=f"https://youtube.com/{handle}"))["approval_id"]


@pytest.fixture
def handle():
    return f"@{Account('youtube', 'maya').handle}"


@pytest.fixture
def carol(sign_up):
    return sign_up("carol@example.org")


@pytest.fixture
def guilty(alice, desk):
    """A claim of Alice's that a moderator suspended."""
    pk = alice.claim("instagram", "maya")
    decide(desk, "suspend", pk)
    return pk


class TestAProofOfWhatWasSuspendedAsAClaim:
    def test_puts_it_before_staff_and_accepts_nothing(self, bob, guilty, sandbox):
        pk = bob.claim("instagram", "MAYA")
        assert state(pk) == ("suspended", False, [])
        assert bob.connected("instagram", "maya") == pk
        assert state(pk) == ("pending", True, [FLAG])
        assert network(guilty).status == "suspended"

    def test_and_staff_are_shown_why(self, bob, guilty, desk, sandbox):
        pk = bob.claim("instagram", "maya")
        bob.connected("instagram", "maya")
        page = desk.get(f"/admin/queue/network/{pk}/").content.decode()
        assert "It was suspended as a claim, or somebody else&#x27;s claim to it was" in page
        assert "A proof shows that its suspension was of a name, not of the account" in page

    def test_what_staff_decide_then_stays(self, bob, guilty, desk, sandbox):
        pk = bob.claim("instagram", "maya")
        bob.connected("instagram", "maya")
        SocialNetwork.objects.filter(pk=pk).update(health="reauth_required")
        bob.connected("instagram", "maya")
        assert state(pk) == ("pending", True, [FLAG])
        decide(desk, "accept", pk)
        SocialNetwork.objects.filter(pk=pk).update(health="reauth_required")
        bob.connected("instagram", "maya")
        assert state(pk) == ("accepted", True, [])
        decide(desk, "suspend", pk)
        assert network(pk).status == "suspended"

    def test_does_not_spread(self, alice, bob, carol, desk, sandbox, handle):
        decide(desk, "suspend", claimed(alice, handle))
        bobs = claimed(bob, handle)
        bob.connected("google", "maya")
        assert state(bobs) == ("pending", True, [FLAG])
        channel = network(bobs).provider_uid
        carols = carol.ok(APPROVAL, a_claim("youtube", channel, network_url=f"https://youtube.com/channel/{channel}"))
        assert network(carols["approval_id"]).status == "pending"

    def test_a_displaced_record_that_follows_a_claim_takes_nobody_along(self, alice, bob, carol, desk, sandbox):
        lost = alice.connected("instagram", "maya", kind="long")
        owned = bob.connected("instagram", "maya")
        decide(desk, "suspend", carol.claim("instagram", "maya"))
        assert (network(lost).status, network(owned).status) == ("suspended", "accepted")

    def test_leaves_no_mark_on_the_creator(self, bob, guilty, sandbox):
        bob.claim("instagram", "maya")
        bob.connected("instagram", "maya")
        assert state(bob.connected("facebook", "leo")) == ("accepted", True, [])

    def test_nor_does_a_claim_that_follows(self, bob, guilty):
        bob.claim("instagram", "maya")
        assert state(bob.claim("instagram", "another")) == ("pending", False, [])

    def test_of_a_stranger_whose_url_was_beside_a_suspended_id(self, alice, bob, desk, sandbox):
        decide(desk, "suspend", alice.claim("tiktok", "guilty"))
        pk = bob.ok(APPROVAL, a_claim("tiktok", "guilty", network_url="https://tiktok.com/@maya"))["approval_id"]
        assert network(pk).status == "suspended"
        bob.connected("tiktok", "maya")
        assert state(pk) == ("pending", True, [FLAG])

    def test_of_an_account_that_is_suspended_by_its_id_changes_nothing(self, alice, bob, desk, sandbox):
        pk = alice.connected("instagram", "maya")
        decide(desk, "suspend", pk)
        other = bob.claim("instagram", "maya")
        alice.ok("network/disconnect/", {"network_id": pk})
        bob.connected("instagram", "maya")
        assert state(other) == ("suspended", True, ["suspended_before"])

    def test_of_ones_own_claim_that_staff_suspended_changes_nothing(self, alice, guilty, sandbox):
        assert alice.connected("instagram", "maya") == guilty
        assert state(guilty) == ("suspended", True, ["suspended_before"])

    def test_by_a_listing(self, alice, bob, desk, sandbox):
        asset = Account("facebook", "maya").assets()[0]
        told = {"type": "page", "network": "facebook", "asset_id": asset.number, "url": f"facebook.com/{asset.number}"}
        decide_page(desk, "suspend", submit(alice, told))
        pk = submit(bob, told)
        assert state(pk, SocialPage) == ("suspended", False, [])
        bob.connected("facebook", "maya")
        run_due()
        assert state(pk, SocialPage) == ("pending", True, [FLAG])


class TestWhoWasSuspendedByAClaimAndComesBackByAProof:
    def test_in_another_account_is_for_staff(self, bob, guilty, sandbox):
        pk = bob.connected("instagram", "maya")
        assert state(pk) == ("pending", True, [FLAG])

    def test_after_an_erasure_too(self, alice, sign_up, guilty, sandbox):
        alice.close_account()
        erase_all()
        again = sign_up("alice@example.org")
        pk = again.connected("instagram", "maya")
        assert state(pk) == ("pending", True, [FLAG])
        again.ok("network/disconnect/", {"network_id": pk})
        again.connected("instagram", "maya")
        assert state(pk) == ("pending", True, [FLAG])

    def test_one_that_is_listed_is_for_staff(self, alice, bob, desk, sandbox):
        asset = Account("facebook", "maya").assets()[0]
        told = {"type": "page", "network": "facebook", "asset_id": asset.number, "url": f"facebook.com/{asset.number}"}
        decide_page(desk, "suspend", submit(alice, told))
        pk = submit(bob, {**told, "asset_id": asset.number, "url": f"facebook.com/{asset.number}"})
        alice.ok("disconnect/social-page/", {"page_id": SocialPage.objects.get(user=alice.user).pk})
        bob.connected("facebook", "maya")
        run_due()
        assert state(pk, SocialPage) == ("pending", True, [FLAG])

    def test_a_suspended_account_that_had_the_name_before_is_another_one(self, alice, bob, desk, sandbox):
        pk = alice.connected("instagram", "maya")
        decide(desk, "suspend", pk)
        SocialNetwork.objects.filter(pk=pk).update(provider_uid="of-whoever-had-it-before")
        assert state(bob.connected("instagram", "maya")) == ("accepted", True, [])


def decide_page(desk, decision, pk):
    form = {"action": decision, "confirmed": "1", "reason": "because", "asked_at": timezone.now().isoformat()}
    return desk.post(PAGES, {**form, "_selected_action": [pk]}, follow=True)


class TestReinstating:
    def test_takes_what_was_inherited_back_before_staff(self, bob, guilty, desk):
        pk = bob.claim("instagram", "maya")
        decide(desk, "reinstate", guilty)
        assert (network(guilty).status, network(pk).status) == ("accepted", "pending")
        assert network(pk).status_reason == "The suspension that it was inherited from was taken back"
        assert f"network/{pk}/" in desk.get("/admin/queue/").content.decode()
        assert Event.objects.filter(object_id=pk, type="network.in_review").exists()

    def test_on_the_desk_and_by_command(self, alice, bob, guilty, desk, staff):
        pk = bob.claim("instagram", "maya")
        for take_back in (
            lambda: call_command("moderate", "reinstate", f"network:{guilty}"),
            lambda: desk.post(f"/admin/queue/network/{guilty}/", {"decision": "reinstate", **seen(guilty)}),
        ):
            take_back()
            assert (network(guilty).status, network(pk).status) == ("accepted", "pending")
            network(guilty).suspend(by=staff, reason="once more")
            assert network(pk).status == "suspended"

    def test_also_of_what_was_disconnected(self, bob, guilty, desk):
        pk = bob.claim("instagram", "maya")
        bob.ok("network/disconnect/", {"network_id": pk})
        assert bob.refused(APPROVAL, a_claim("instagram", "maya"))[0] == 403
        decide(desk, "reinstate", guilty)
        assert bob.claim("instagram", "maya") == pk
        assert network(pk).status == "pending"

    def test_and_of_what_was_erased(self, bob, carol, guilty, desk):
        bob.claim("instagram", "maya")
        bob.close_account()
        erase_all()
        decide(desk, "reinstate", guilty)
        assert not SocialNetwork.objects.filter(user=bob.user).exists()
        assert network(carol.claim("instagram", "maya")).status == "pending"

    def test_not_of_what_another_suspension_is_a_reason_for(self, bob, carol, guilty, staff, desk):
        pk, other = bob.claim("instagram", "maya"), carol.claim("instagram", "maya")
        SocialNetwork.objects.filter(pk=other).update(status_reason="a decision of its own")
        decide(desk, "reinstate", guilty)
        assert (network(pk).status, network(other).status) == ("suspended", "suspended")
        decide(desk, "reinstate", other)
        assert network(pk).status == "pending"

    def test_not_of_what_staff_upheld(self, bob, guilty, desk, staff):
        pk = bob.claim("instagram", "maya")
        bob.ok("action/network/appeal/", {"network_id": pk, "text": "It is mine"})
        network(pk).transition("uphold", by=staff, reason="It is not")
        decide(desk, "reinstate", guilty)
        assert network(pk).status == "suspended"

    def test_of_those_as_well_who_followed_one_that_followed(self, alice, bob, carol, desk, sandbox, handle):
        pk = alice.connected("google", "maya")
        decide(desk, "suspend", pk)
        SocialNetwork.objects.filter(pk=pk).update(identity_key="channel/of-another-name", other_identity_key="")
        alice.ok("network/disconnect/", {"network_id": pk})
        heir = bob.connected("google", "maya")
        follower = claimed(carol, handle)
        assert {network(heir).status, network(follower).status} == {"suspended"}
        bob.ok("network/disconnect/", {"network_id": heir})
        alice.connected("google", "maya")
        SocialNetwork.objects.filter(pk=pk).update(identity_key="channel/of-another-name", other_identity_key="")
        decide(desk, "reinstate", pk)
        assert network(pk).status == "accepted"
        assert (network(heir).status, network(heir).disconnected_from) == ("disconnected", "pending")
        assert network(follower).status == "pending"

    def test_one_of_many_records_at_once(self, bob, guilty, desk):
        pk = bob.claim("instagram", "maya")
        page = decide(desk, "reinstate", guilty, pk).content.decode()
        assert "Reinstated: 2." in page
        assert (network(guilty).status, network(pk).status) == ("accepted", "accepted")


class TestReinstatingWhatInherited:
    """It is a decision about that record alone, and lasts while the other one stays suspended."""

    @pytest.fixture
    def heir(self, alice, bob, desk, sandbox):
        """Bob's record, reinstated, of an account that is suspended in Alice's hands."""
        pk = alice.connected("instagram", "maya")
        decide(desk, "suspend", pk)
        alice.ok("network/disconnect/", {"network_id": pk})
        heir = bob.connected("instagram", "maya")
        assert (network(heir).status, network(heir).inherits_suspension) == ("suspended", True)
        decide(desk, "reinstate", heir)
        return heir

    def connect_again(self, creator, pk, name="maya"):
        SocialNetwork.objects.filter(pk=pk).update(health="reauth_required")
        assert creator.connected("instagram", name) == pk
        return network(pk).status

    def test_it_stays_when_it_is_connected_again(self, alice, bob, heir):
        assert self.connect_again(bob, heir) == "accepted"
        bob.ok("network/disconnect/", {"network_id": heir})
        assert self.connect_again(bob, heir) == "accepted"
        assert SocialNetwork.objects.get(user=alice.user).is_suspended

    def test_it_stays_when_somebody_else_inherits_later(self, bob, carol, heir):
        bob.ok("network/disconnect/", {"network_id": heir})
        other = carol.connected("instagram", "maya")
        assert network(other).status == "suspended"
        carol.ok("network/disconnect/", {"network_id": other})
        assert self.connect_again(bob, heir) == "accepted"

    def test_a_later_suspension_counts(self, alice, bob, heir, staff):
        bob.ok("network/disconnect/", {"network_id": heir})
        before = SocialNetwork.objects.get(user=alice.user)
        before.transition("reconnect", by=None)
        before.transition("reinstate", by=staff)
        before.suspend(by=staff, reason="once more")
        assert self.connect_again(bob, heir) == "suspended"

    def test_a_claim_that_was_reinstated_and_is_proven_to_be_a_suspended_account_follows_it(
        self, alice, bob, desk, sandbox
    ):
        pk = alice.connected("instagram", "maya")
        decide(desk, "suspend", pk)
        claimed = bob.claim("instagram", "maya")
        decide(desk, "reinstate", claimed)
        assert network(claimed).status == "accepted"
        alice.ok("network/disconnect/", {"network_id": pk})
        assert bob.connected("instagram", "maya") == claimed
        assert network(claimed).status == "suspended"

    def test_a_page_stays_through_listings(self, alice, bob, desk, sandbox):
        asset = Account("facebook", "maya").assets()[0]
        told = {"type": "page", "network": "facebook", "asset_id": asset.number, "url": f"facebook.com/{asset.number}"}
        alice.connected("facebook", "maya")
        run_due()
        pk = submit(alice, told)
        decide_page(desk, "suspend", pk)
        alice.ok("network/disconnect/", {"network_id": SocialNetwork.objects.get(user=alice.user).pk})
        heir = submit(bob, told)
        bob.connected("facebook", "maya")
        run_due()
        assert state(heir, SocialPage)[:2] == ("suspended", True)
        decide_page(desk, "reinstate", heir)
        for _ in range(2):
            Discovery.objects.update(due_at=timezone.now(), digest="")
            assert run_due()[-1] == "listed"
            assert state(heir, SocialPage)[:2] == ("accepted", True)
        assert SocialPage.objects.get(pk=pk).is_suspended


def seen(pk):
    row = network(pk)
    moments = {"seen_at": row.status_changed_at.isoformat(), "asked_at": timezone.now().isoformat()}
    return {"seen": row.status, "reason": "a mistake", **moments}


def test_staff_do_not_give_the_systems_words_for_a_reason(alice, desk):
    pk = alice.claim()
    page = decide(desk, "suspend", pk, reason="This account is suspended").content.decode()
    assert "A reason is needed" in page
    assert network(pk).status == "pending"
    with pytest.raises(CommandError, match="A reason is needed"):
        call_command("moderate", "suspend", f"network:{pk}", "--reason", "This account is suspended")


def test_who_disconnects_at_the_moment_of_the_reinstatement_is_freed_as_well(alice, bob, desk, guilty, monkeypatch):
    pk = bob.claim("instagram", "MAYA")
    follows = suspensions._follows_another

    def disconnect_and_go_on(heir):
        bob.ok("network/disconnect/", {"network_id": pk})
        return follows(heir)

    with monkeypatch.context() as patch:
        patch.setattr(suspensions, "_follows_another", disconnect_and_go_on)
        decide(desk, "reinstate", guilty)
    left = network(pk)
    assert (left.status, left.disconnected_from, left.suspended_at) == ("disconnected", "pending", None)
    assert bob.claim("instagram", "maya") == pk
    assert state(pk) == ("pending", False, [])


def test_who_followed_a_name_that_a_proof_takes_from_the_suspended_record_is_freed(alice, bob, desk, sandbox):
    """Alice's claim had Bob's name and her own URL: her proof shows whose account it is."""
    theirs = NetworkFactory(user=alice.user, network="tiktok", external_id="ravi", url="https://tiktok.com/@maya")
    pk = bob.claim("tiktok", "ravi", network_url="https://tiktok.com/@ravi")
    decide(desk, "suspend", theirs.pk)
    assert state(pk) == ("suspended", False, [])
    assert alice.connected("tiktok", "maya") == theirs.pk
    assert network(theirs.pk).status == "suspended"
    assert state(pk) == ("pending", False, [])
