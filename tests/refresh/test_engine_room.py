"""What staff and the app see of the refresh: the front page of the moderation site, pauses, and how old a count is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.utils import timezone

from connect.models import FollowerReading, User
from networks.models import SocialNetwork
from social_auth.budgets.models import NetworkPause
from social_auth.demo.factories import NetworkPauseFactory
from social_auth.refresh import planning

pytestmark = pytest.mark.django_db
PAUSES = "/admin/budgets/networkpause/"


@pytest.fixture
def clerk(client):
    """A browser of somebody on the staff without any permission."""
    user = User.objects.create_user("clerk", "clerk@example.org", "x", is_staff=True)
    client.force_login(user)
    client.user = user
    return client


class TestFrontPage:
    def test_it_shows_every_network(self, desk, alice, sandbox):
        cache.clear()
        alice.connected("tiktok")
        SocialNetwork.objects.update(next_refresh_at=timezone.now() - timedelta(minutes=90))
        NetworkPauseFactory(network="pinterest")
        page = desk.get("/admin/").content.decode()
        for text in ("instagram", "1 h 30 min", "paused", "Pause or resume a network"):
            assert text in page

    def test_who_may_see_no_connections_sees_no_table(self, clerk):
        assert "How fresh" not in clerk.get("/admin/").content.decode()
        clerk.user.user_permissions.add(Permission.objects.get(codename="view_socialnetwork"))
        page = clerk.get("/admin/").content.decode()
        assert "How fresh" in page
        assert "Pause or resume" not in page


class TestPauses:
    def test_a_network_is_paused_and_resumed(self, desk, alice, sandbox):
        alice.connected("tiktok")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        form = {"network": "tiktok", "until_0": "", "until_1": "", "reason": "they asked for it"}
        assert desk.post(f"{PAUSES}add/", form).status_code == 302
        assert not list(planning.REFRESH.claim_due(timezone.now()))
        assert desk.post(f"{PAUSES}tiktok/delete/", {"post": "yes"}).status_code == 302
        assert list(planning.REFRESH.claim_due(timezone.now()))

    def test_an_end_in_the_past_is_refused(self, desk):
        form = {"network": "tiktok", "until_0": "2020-01-01", "until_1": "00:00", "reason": ""}
        assert "That is in the past" in desk.post(f"{PAUSES}add/", form).content.decode()
        assert not NetworkPause.objects.exists()

    def test_its_network_stays_and_an_old_pause_is_no_hindrance(self, desk):
        NetworkPauseFactory(network="tiktok", until=timezone.now() + timedelta(hours=1))
        desk.post(f"{PAUSES}tiktok/change/", {"network": "instagram", "until_0": "", "until_1": "", "reason": "x"})
        assert NetworkPause.objects.get().network == "tiktok"
        NetworkPause.objects.update(until=timezone.now() - timedelta(hours=1))
        assert "tiktok" not in desk.get(PAUSES).content.decode().partition("<main")[2].partition("select")[0]
        form = {"network": "tiktok", "until_0": "", "until_1": "", "reason": "again"}
        assert desk.post(f"{PAUSES}add/", form).status_code == 302
        assert NetworkPause.objects.get().reason == "again"

    def test_not_by_everybody(self, clerk):
        assert clerk.get(f"{PAUSES}add/").status_code == 403


class TestQuality:
    def shown(self, creator):
        return creator.ok("get/networks/", {"view": "full"})["networks"][0]["followers_quality"]

    @pytest.mark.parametrize(("network", "quality"), [("instagram", "exact"), ("twitter", "exact")])
    def test_a_count_grows_stale(self, alice, sandbox, network, quality):
        pk = alice.connected(network)
        assert self.shown(alice) == quality
        for hours, told in ((71, quality), (73, "stale")):
            at = timezone.now() - timedelta(hours=hours)
            SocialNetwork.objects.update(followers_as_of=at, claimed_at=timezone.now())
            assert self.shown(alice) == SocialNetwork.objects.get().followers_quality == told
            assert alice.ok("network/refresh/", {"network_id": pk})["followers_quality"] == told

    def test_a_claim_is_a_claim_however_old(self, alice):
        alice.claim()
        SocialNetwork.objects.update(followers_as_of=timezone.now() - timedelta(days=400))
        assert self.shown(alice) == "claimed"

    def test_no_count_has_no_quality(self, alice, sandbox):
        alice.connected("facebook")
        assert self.shown(alice) == ""


def test_readings_go_with_their_creator(alice, bob, sandbox):
    alice.connected("tiktok")
    bob.connected("tiktok", "leo")
    assert FollowerReading.objects.count() == 2
    alice.user.delete()
    assert FollowerReading.objects.get().object_id == SocialNetwork.objects.get().pk
