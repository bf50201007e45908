"""What else a connected account holds: listed in the background, and proof for what the creator submits."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import SocialChannel
from connect.models import FollowerReading
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.assets import discovery, tasks
from social_auth.assets.models import Asset, Discovery
from social_auth.assets.proofs import KINDS
from social_auth.refresh import batches, planning
from social_auth.sandbox.accounts import Account
from social_auth.sandbox.traits import set_traits
from walls.models import SocialWall

pytestmark = pytest.mark.django_db
HOLDERS = {"facebook": ("page", 2), "linkedin": ("page", 2), "pinterest": ("wall", 2), "youtube": ("channel", 1)}


def listed(creator, pk):
    return creator.ok("get/network-assets/", {"network_id": pk})


def run_due():
    return [discovery.discover(pk) for pk in Discovery.objects.due(timezone.now()).values_list("pk", flat=True)]


def submit(creator, asset, **more):
    noun = asset["type"]
    body = {
        "network": asset["network"], f"{noun}_id": asset["asset_id"], f"{noun}_name": "Claimed",
        f"{noun}_url": asset["url"], **more,
    }  # fmt: skip
    return creator.ok(f"add/social-{noun}/", body)[f"{noun}_id"]


@pytest.fixture
def connected(alice, sandbox, django_capture_on_commit_callbacks):
    def connect(network, creator=alice, name="maya", **traits):
        with django_capture_on_commit_callbacks():
            pk = creator.connected(network, name, **traits)
        assert run_due() == ["listed"]
        return pk

    return connect


@pytest.mark.parametrize("network", HOLDERS)
def test_what_an_account_administers_is_listed_after_a_connect(alice, connected, network):
    noun, count = HOLDERS[network]
    pk = connected(network)
    answer = listed(alice, pk)
    assert answer["network_id"] == pk
    assert answer["discovered_at"]
    assert [asset["type"] for asset in answer["assets"]] == [noun] * count
    for asset in answer["assets"]:
        assert asset["followers"] > 0
        assert asset["name"]
        assert (asset["added"], asset["resource_id"], asset["status"], asset["verified"]) == (False, None, None, False)


class TestTheSameListAgain:
    """Nothing is written of a list that says what the last one said, where no record would be dated by it."""

    def again(self):
        Discovery.objects.update(due_at=timezone.now())
        assert run_due() == ["listed"]

    def test_writes_nothing_but_that_it_was_looked_at(self, alice, connected):
        pk = connected("facebook")
        [seen] = {*Asset.objects.values_list("seen_at", flat=True)}
        Discovery.objects.update(finished_at=seen - timedelta(days=1))
        self.again()
        assert {*Asset.objects.values_list("seen_at", flat=True)} == {seen}
        assert listed(alice, pk)["discovered_at"] >= f"{seen:%Y-%m-%dT%H:%M:%S}"

    def test_brings_a_record_up_to_date(self, alice, connected):
        submit(alice, listed(alice, connected("facebook"))["assets"][0])
        was = SocialPage.objects.get().followers_as_of
        self.again()
        assert SocialPage.objects.get().followers_as_of > was

    def test_but_what_differs_is_written(self, alice, connected):
        pk = connected("facebook")
        set_traits("facebook", "maya", assets=3)
        self.again()
        assert len(listed(alice, pk)["assets"]) == 3

    def test_and_what_is_missing_is_lost_the_second_time(self, alice, connected, settings):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        pk = connected("facebook")
        set_traits("facebook", "maya", assets=1)
        self.again()
        self.again()
        assert Asset.objects.count() == len(listed(alice, pk)["assets"]) == 1


@pytest.mark.parametrize("network", ["instagram", "twitter", "tiktok"])
def test_networks_without_assets(alice, sandbox, network):
    pk = alice.connected(network)
    assert listed(alice, pk) == {"network_id": pk, "state": "not_offered", "discovered_at": None, "assets": []}
    assert not Discovery.objects.exists()


def test_the_task_is_handed_out(alice, sandbox, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.discover, "apply_async", lambda **arguments: sent.append(arguments["kwargs"]))
    with django_capture_on_commit_callbacks(execute=True):
        pk = alice.connected("facebook")
    monkeypatch.setattr(tasks.list_assets, "apply_async", lambda **arguments: sent.append(arguments["kwargs"]["ids"]))
    for _ in range(5):
        tasks.plan_discoveries()  # the message may be lost, and is made up for once
    assert sent == [{"pk": pk}, [pk]]


@pytest.mark.parametrize("network", HOLDERS)
def test_a_page_submitted_later_is_proven_at_once(alice, connected, network):
    pk = connected(network)
    record = submit(alice, listed(alice, pk)["assets"][0])
    again = listed(alice, pk)["assets"][0]
    level = SocialNetwork.objects.get().verification_level
    status = "accepted" if level == "app" else "pending"
    assert (again["added"], again["resource_id"], again["status"], again["verified"]) == (True, record, status, True)
    row = KINDS[again["type"]].objects.get()
    assert (row.verification_level, row.followers, row.health) == (level, again["followers"], "healthy")


def test_a_page_submitted_before_is_proven_by_the_listing(alice, sandbox):
    maya = Account("facebook", "maya")
    asset = maya.assets()[0]
    claim = {"type": "page", "network": "facebook", "asset_id": asset.number}
    record = submit(alice, {**claim, "url": "https://facebook.com/whatever"}, followers=7)
    assert SocialPage.objects.get().status == "pending"
    alice.connected("facebook")
    assert run_due() == ["listed"]
    page = SocialPage.objects.get(pk=record)
    assert (page.status, page.verified, page.verification_level) == ("accepted", True, "app")
    assert (page.followers, page.followers_source, page.name) == (asset.followers, "exact", asset.title)
    assert page.provider_uid == asset.number
    assert FollowerReading.objects.filter(object_id=page.pk, followers=asset.followers).count() >= 1
    assert page.events.order_by("-pgh_id").first().pgh_context.metadata["by"] == "system"


def test_by_its_user_name_or_its_url_as_well(alice, connected):
    pk = connected("facebook")
    first, second = listed(alice, pk)["assets"]
    submit(alice, {**first, "asset_id": Account("facebook", "maya").assets()[0].slug.replace("-", ".")})
    submit(alice, {**second, "asset_id": "somewhere.else"})
    assert [row.verified for row in SocialPage.objects.order_by("pk")] == [True, True]


def test_a_claim_by_url_takes_the_pages_own_id(alice, connected):
    pk = connected("facebook")
    asset = listed(alice, pk)["assets"][0]
    submit(alice, {**asset, "asset_id": "nike"})
    assert SocialPage.objects.get().external_id == asset["asset_id"]


def test_a_board_is_not_known_by_its_name_alone(alice, connected):
    pk = connected("pinterest")
    asset = listed(alice, pk)["assets"][0]
    submit(alice, {**asset, "asset_id": "maya-1", "url": "https://pinterest.com/vogue/maya-1"})
    assert not SocialWall.objects.get().verified


def test_who_only_analyses_a_page_does_not_own_it(alice, connected, monkeypatch):
    from social_auth.providers.facebook import sandbox_data as facebook

    page = facebook.page
    monkeypatch.setattr(facebook, "page", lambda *which: {**page(*which), "tasks": ["ANALYZE", "ADVERTISE"]})
    assert listed(alice, connected("facebook"))["assets"] == []


def test_a_suspended_account_vouches_for_nothing(alice, connected, staff, time_machine):
    pk = connected("facebook")
    asset = listed(alice, pk)["assets"][0]
    SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
    submit(alice, asset)
    assert not SocialPage.objects.get().verified
    time_machine.move_to(timezone.now() + timedelta(days=2), tick=False)
    assert run_due() == ["not connected"]
    SocialNetwork.objects.get().reinstate(by=staff)
    time_machine.shift(timedelta(days=2))
    assert run_due() == ["listed"]
    assert SocialPage.objects.get().verified


def test_the_proof_comes_back_with_the_account_whatever_its_name_is_then(alice, connected):
    pk = connected("facebook")
    submit(alice, {**listed(alice, pk)["assets"][0], "asset_id": "maya.1"})
    alice.ok("network/disconnect/", {"network_id": pk})
    SocialPage.objects.update(external_id="another.name", url="https://facebook.com/another.name")
    connected("facebook")
    assert SocialPage.objects.get().verified


def test_organisations_whose_name_or_size_is_refused_are_there(alice, connected, monkeypatch):
    from social_auth.providers.linkedin import sandbox_data as linkedin

    refusal = linkedin.error(403, 100, "ACCESS_DENIED", "Not enough permissions")
    monkeypatch.setattr(linkedin, "organisation_size", lambda token, number: refusal)
    assert [asset["followers"] for asset in listed(alice, connected("linkedin"))["assets"]] == [None, None]
    set_traits("linkedin", "leo", assets=50)
    assert len(listed(alice, connected("linkedin", name="leo"))["assets"]) == 50


def test_outages_are_asked_about_later_and_later(alice, connected, time_machine):
    connected("facebook")
    set_traits("facebook", "*", state="5xx")
    time_machine.move_to(timezone.now() + timedelta(days=2), tick=False)
    waits = []
    for _ in range(10):
        run_due()
        due = Discovery.objects.get().due_at
        waits.append(due - timezone.now())
        time_machine.move_to(due, tick=False)
    assert waits[0] < timedelta(minutes=13)
    assert timedelta(hours=20) < waits[-1] < timedelta(days=1.3)


def test_a_used_up_quota_is_waited_for(alice, connected):
    pk = connected("youtube")
    set_traits("youtube", "*", state="out_of_credit")
    Discovery.objects.filter(pk=pk).update(due_at=timezone.now())
    run_due()
    pacific = Discovery.objects.get().due_at.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (pacific.hour, pacific.minute) == (0, 1)


def test_listing_and_ending_cost_the_same_for_two_pages_and_for_many(alice, connected):
    def queries(count):
        name = f"maya{count}"
        set_traits("facebook", name, assets=count)
        pk = connected("facebook", name=name)
        Discovery.objects.filter(pk=pk).update(due_at=timezone.now())
        with CaptureQueriesContext(connection) as listing:
            discovery.discover(pk)
        with CaptureQueriesContext(connection) as ending:
            alice.ok("network/disconnect/", {"network_id": pk})
        return len(listing), len(ending)

    assert queries(2) == queries(300)


def test_the_state_of_the_list(alice, sandbox):
    pk = alice.connected("facebook")
    assert listed(alice, pk)["state"] == "waiting"
    set_traits("facebook", "*", state="5xx")
    run_due()
    assert listed(alice, pk)["state"] == "failed"
    set_traits("facebook", "*", state="ok")
    Discovery.objects.update(due_at=timezone.now())
    run_due()
    assert listed(alice, pk)["state"] == "listed"
    alice.ok("network/disconnect/", {"network_id": pk})
    assert listed(alice, pk)["state"] == "not_connected"


@pytest.mark.parametrize("harm", ["reject", "dead"])
def test_a_rejected_or_dead_account_vouches_for_nothing(alice, connected, staff, harm):
    asset = listed(alice, connected("facebook"))["assets"][0]
    if harm == "reject":
        SocialNetwork.objects.get().reject(by=staff, reason="no")
    else:
        SocialNetwork.objects.update(health="reauth_required")
    submit(alice, asset)
    assert not SocialPage.objects.get().verified


def test_a_rejection_is_not_shaken_off_by_reconnecting(alice, connected, staff):
    pk = connected("facebook")
    asset = listed(alice, pk)["assets"][0]
    submit(alice, asset)
    SocialPage.objects.get().reject(by=staff, reason="no")
    alice.ok("network/disconnect/", {"network_id": pk})
    submit(alice, asset)
    connected("facebook")
    page = SocialPage.objects.get()
    assert (page.status, page.verified) == ("pending", True)


@pytest.mark.parametrize(("network", "form"), [("facebook", "{}"), ("linkedin", "company/{}")])
def test_a_page_may_be_named_by_its_number_in_the_url(alice, connected, network, form):
    asset = listed(alice, connected(network))["assets"][0]
    submit(
        alice, {**asset, "asset_id": "anything", "url": f"https://www.{network}.com/{form.format(asset['asset_id'])}"}
    )
    page = SocialPage.objects.get()
    assert (page.verified, page.external_id) == (True, asset["asset_id"])


def test_hundreds_of_organisations(alice, connected):
    set_traits("linkedin", "maya", assets=250)
    assert len(listed(alice, connected("linkedin"))["assets"]) == 250


def test_somebody_elses_page_is_not(alice, bob, connected):
    asset = listed(alice, connected("facebook"))["assets"][0]
    submit(bob, asset)
    page = SocialPage.objects.get()
    assert (page.verified, page.status) == (False, "pending")


def test_two_administrators_have_one_proof(alice, bob, connected, sandbox):
    asset = listed(alice, connected("facebook"))["assets"][0]
    submit(alice, asset)
    other = bob.connected("facebook", "leo")
    discovery.discover(other)
    mine = Asset.objects.filter(network_id=other).order_by("pk").first()
    Asset.objects.filter(pk=mine.pk).update(provider_uid=asset["asset_id"])
    submit(bob, asset)
    theirs = SocialPage.objects.get(user=bob.user)
    assert (theirs.verified, theirs.flags) == (False, ["proven_by_other"])


def test_a_rejected_page_stays_rejected(alice, sandbox, staff):
    asset = Account("facebook", "maya").assets()[0]
    submit(alice, {"type": "page", "network": "facebook", "asset_id": asset.number, "url": "https://facebook.com/x1"})
    SocialPage.objects.get().reject(by=staff, reason="no")
    alice.connected("facebook")
    run_due()
    page = SocialPage.objects.get()
    assert (page.status, page.verified) == ("rejected", True)


def test_a_suspended_page_is_suspended_in_everybodys_hands(alice, bob, connected, staff):
    asset = listed(alice, connected("facebook"))["assets"][0]
    submit(alice, asset)
    SocialPage.objects.get().suspend(by=staff, reason="fraud")
    alice.ok("disconnect/social-page/", {"page_id": SocialPage.objects.get().pk})
    other = bob.connected("facebook", "leo")
    discovery.discover(other)
    mine = Asset.objects.filter(network_id=other).order_by("pk").first()
    Asset.objects.filter(pk=mine.pk).update(provider_uid=asset["asset_id"])
    submit(bob, {**asset, "url": "https://facebook.com/another1"})
    assert SocialPage.objects.get(user=bob.user).status == "suspended"


@pytest.mark.parametrize("way", ["owner", "provider", "displaced"])
def test_a_page_whose_proof_disconnects_loses_verified_not_its_approval(alice, bob, connected, way):
    pk = connected("facebook")
    submit(alice, listed(alice, pk)["assets"][0])
    if way == "owner":
        alice.ok("network/disconnect/", {"network_id": pk})
    elif way == "provider":
        SocialNetwork.objects.get().disconnect(by=None)
    else:
        SocialNetwork.objects.filter(pk=pk).update(verification_level="user")
        bob.connected("facebook", "maya")
    page = SocialPage.objects.get()
    assert (page.status, page.verified, page.verification_level, page.health) == ("accepted", False, "none", "none")
    assert listed(alice, pk)["assets"] == []


def test_a_lost_page_must_be_missing_twice(alice, connected, time_machine):
    pk = connected("facebook")
    asset = listed(alice, pk)["assets"][0]
    submit(alice, asset)
    set_traits("facebook", "maya", state="page_lost")
    time_machine.move_to(timezone.now(), tick=False)
    Discovery.objects.update(due_at=timezone.now())
    assert run_due() == ["listed"]
    assert SocialPage.objects.get().verified
    assert run_due() == []  # it is asked again when the confirmation is due
    time_machine.shift(settings.CONNECT_CONFIRM_DEAD_AFTER + timedelta(seconds=1))
    assert run_due() == ["listed"]
    page = SocialPage.objects.get()
    assert (page.verified, page.status) == (False, "accepted")
    assert [one["asset_id"] for one in listed(alice, pk)["assets"]] != [asset["asset_id"]]


def test_a_page_that_comes_back_in_between_is_not_lost(alice, connected, time_machine):
    pk = connected("facebook")
    submit(alice, listed(alice, pk)["assets"][0])
    time_machine.move_to(timezone.now(), tick=False)
    for state in ("page_lost", "ok", "page_lost"):
        set_traits("facebook", "maya", state=state)
        Discovery.objects.update(due_at=timezone.now())
        run_due()
        time_machine.shift(settings.CONNECT_CONFIRM_DEAD_AFTER + timedelta(seconds=1))
    assert SocialPage.objects.get().verified


@pytest.mark.parametrize(
    "state", ["5xx", "rate_limited", "garbage", "huge", "expired", "missing_scope", "suspended", "deleted"]
)
def test_no_failure_loses_a_page_or_harms_the_connection(alice, connected, state, time_machine):
    pk = connected("facebook")
    submit(alice, listed(alice, pk)["assets"][0])
    set_traits("facebook", "maya", state=state)
    time_machine.move_to(timezone.now(), tick=False)
    for _ in range(3):
        time_machine.shift(timedelta(days=2))
        assert run_due() == ["postponed"]
    assert SocialPage.objects.get().verified
    assert SocialNetwork.objects.get(pk=pk).health == "healthy"
    assert Asset.objects.filter(missing_since=None).count() == 2
    assert Discovery.objects.get().answer


def test_a_scope_known_to_be_missing_is_not_asked_for(alice, connected, sandbox):
    pk = connected("facebook")
    from social_auth.credentials.models import Credential

    Credential.objects.update(scopes=["public_profile"])
    Discovery.objects.update(due_at=timezone.now())
    sandbox.calls.clear()
    assert run_due() == ["postponed"]
    assert not sandbox.calls
    row = Discovery.objects.get(pk=pk)
    assert "pages_show_list" in row.answer
    assert timedelta(days=6) < row.due_at - timezone.now() < timedelta(days=8)  # it comes with the next connect only


def test_a_scope_that_comes_with_a_reconnect_is_used_at_once(alice, connected):
    from social_auth.credentials.models import Credential

    pk = connected("facebook")
    Credential.objects.update(scopes=["public_profile"])
    Discovery.objects.update(due_at=timezone.now())
    run_due()
    SocialNetwork.objects.update(health="reauth_required")
    assert connected("facebook") == pk


def test_many_pages_take_many_lists(alice, connected, sandbox):
    set_traits("facebook", "maya", assets=250)
    set_traits("pinterest", "maya", assets=600)
    assert len(listed(alice, connected("facebook"))["assets"]) == 250
    assert len(listed(alice, connected("pinterest"))["assets"]) == 600
    assert sum("me/accounts" in call.path for call in sandbox.calls) == 3
    assert SocialWall.objects.count() == 0


def test_the_assets_call_is_one_query_for_all(alice, connected, django_assert_max_num_queries):
    set_traits("facebook", "maya", assets=100)
    pk = connected("facebook")
    for asset in listed(alice, pk)["assets"][:5]:
        submit(alice, asset)
    with django_assert_max_num_queries(7):
        answer = listed(alice, pk)
    assert sum(asset["added"] for asset in answer["assets"]) == 5


def test_counts_are_brought_up_to_date(alice, connected):
    pk = connected("facebook")
    submit(alice, listed(alice, pk)["assets"][0])
    set_traits("facebook", "maya", followers=900_000)
    Discovery.objects.update(due_at=timezone.now())
    run_due()
    assert SocialPage.objects.get().followers == 900_001


def test_a_youtube_channel_follows_its_accounts_own_reading(alice, connected):
    pk = connected("youtube")
    submit(alice, listed(alice, pk)["assets"][0])
    set_traits("youtube", "maya", followers=987_654_321)
    SocialNetwork.objects.update(next_refresh_at=timezone.now())
    for batch in planning.REFRESH.claim_due(timezone.now()):
        batches.refresh_batch(batch.lane, batch.token, batch.ids)
    channel = SocialChannel.objects.get()
    assert (channel.followers, channel.followers_source) == (987_000_000, "rounded")
    assert FollowerReading.objects.filter(object_id=channel.pk, followers=987_000_000).exists()


def test_disconnected_meanwhile(alice, sandbox, monkeypatch):
    pk = alice.connected("facebook")
    listing = discovery._listed

    def slow(network):
        found = listing(network)
        alice.ok("network/disconnect/", {"network_id": pk})
        return found

    monkeypatch.setattr(discovery, "_listed", slow)
    assert discovery.discover(pk) == "overtaken"
    assert not Asset.objects.exists()


def test_foreign_and_unknown_networks(alice, bob, sandbox):
    pk = alice.connected("facebook")
    assert bob.refused("get/network-assets/", {"network_id": pk})[0] == 403
    assert bob.refused("get/network-assets/", {"network_id": 10**12})[0] == 404
    assert bob.refused("get/network-assets/", {})[0] == 400


class TestTwoClaimsToOnePage:
    """One by its number, one by its name: only the listing tells that they are the same."""

    @pytest.fixture
    def claimed(self, alice, sandbox):
        page = Account("facebook", "maya").assets()[0]
        name = page.slug.replace("-", ".")
        claims = [(page.number, f"facebook.com/{page.number}"), (name, f"facebook.com/{name}")]
        asset = {"network": "facebook", "type": "page"}
        pks = [submit(alice, {**asset, "asset_id": spelt, "url": url}) for spelt, url in claims]
        assert len(set(pks)) == 2
        return pks

    def test_one_is_proven_and_the_other_ends(self, alice, claimed):
        alice.connected("facebook")
        assert run_due() == ["listed"]
        [live] = SocialPage.objects.exclude(status="disconnected")
        assert (live.verified, live.status) == (True, "accepted")
        assert SocialPage.objects.get(status="disconnected").status_reason == f"The same page as #{live.pk}"

    def test_nobody_adds_what_is_suspended_under_another_name(self, alice, staff, claimed):
        number, name = SocialPage.objects.order_by("pk")
        number.suspend(by=staff, reason="fraud")
        alice.ok("disconnect/social-page/", {"page_id": name.pk})
        alice.connected("facebook")
        SocialPage.objects.update(provider_uid=None)
        assert run_due() == ["listed"]
        body = {"network": "facebook", "page_id": name.external_id, "page_name": "P", "page_url": name.url}
        assert alice.refused("add/social-page/", body)[1]["error"] == "permission_denied"

    def test_others_who_claim_it_by_its_other_name_follow(self, alice, bob, staff, claimed):
        number, name = SocialPage.objects.order_by("pk")
        theirs = {"type": "page", "network": "facebook", "asset_id": name.external_id, "url": name.url}
        his = submit(bob, theirs)
        alice.ok("disconnect/social-page/", {"page_id": name.pk})
        number.suspend(by=staff, reason="fraud")
        alice.connected("facebook")
        assert run_due() == ["listed"]
        assert SocialPage.objects.get(pk=his).status == "suspended"

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_suspended_one_suspends_the_other(self, alice, staff, claimed, which):
        SocialPage.objects.get(pk=claimed[which]).suspend(by=staff, reason="fraud")
        alice.connected("facebook")
        assert run_due() == ["listed"]
        assert SocialPage.objects.filter(status="suspended").exists()
        assert not SocialPage.objects.filter(status__in=("pending", "accepted")).exists()
