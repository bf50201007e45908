"""Numbers and words that only some networks tell, or only some accounts let be told."""

from dataclasses import replace

import pytest
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.tokens import mint
from tests.refresh.test_refresh import run_due
from tests.support.api import posted

pytestmark = pytest.mark.django_db
LIMITED = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3d3dy5mYWNlYm9vay5jb20ifQ.c2lnbmF0dXJl"


def connect_linkedin(creator, *scopes):
    token = replace(mint("linkedin", "maya"), scope=" ".join(("openid", "profile", *scopes)))
    answer = creator.post("auth/linkedin/", posted(token))
    assert answer.status_code == 200, answer.content
    return SocialNetwork.objects.get()


class TestLinkedInFollowers:
    SCOPE = "r_member_profileAnalytics"

    def test_where_the_member_granted_it(self, alice, sandbox):
        row = connect_linkedin(alice, self.SCOPE)
        assert row.followers == mint("linkedin", "maya").holder.followers
        assert row.followers_source == "exact"
        SocialNetwork.objects.update(next_refresh_at=timezone.now(), followers=None)
        assert run_due() == [{"refreshed": 1}]
        row.refresh_from_db()
        assert row.followers == mint("linkedin", "maya").holder.followers

    def test_elsewhere_nobody_is_asked(self, alice, sandbox):
        row = connect_linkedin(alice)
        assert row.followers is None
        assert not [call for call in sandbox.calls if "memberFollowersCount" in call.path]

    def test_a_product_that_was_taken_back_leaves_the_connection_alone(self, alice, sandbox, monkeypatch):
        connect_linkedin(alice, self.SCOPE)
        monkeypatch.setattr("social_auth.providers.linkedin.sandbox_data.ANALYTICS", {"of nobody"})
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert run_due() == [{"refreshed": 1}]
        row = SocialNetwork.objects.get()
        assert (row.followers, row.health) == (None, "healthy")

    def test_it_is_offered_once_the_app_is_admitted(self, settings):
        linkedin = adapter_for("linkedin")
        assert "followers" not in linkedin.offered_scopes
        assert linkedin.cost(10) == (10, 10)
        settings.CONNECT_OPTIONAL_SCOPES = frozenset({"linkedin.followers"})
        assert linkedin.offered_scopes == {"followers": (self.SCOPE,)}
        assert linkedin.cost(10) == (20, 20)


def test_what_x_says_is_evidence_for_staff(alice, sandbox, desk):
    pk = alice.connected("twitter")
    extra, account = SocialNetwork.objects.get().extra_data, mint("twitter", "maya").holder
    assert (extra["identity_verified"], extra["parody"]) == (account.verified, False)
    assert extra["verified_followers_count"] == account.followers // 10
    SocialNetwork.objects.update(extra_data=extra | {"parody": True})
    page = desk.get(f"/admin/queue/network/{pk}/").content.decode()
    assert "marked as a parody, identity " in page
    assert f", {account.followers // 10} verified followers" in page
    refused = {"network_id": pk, "extra_data": {"parody": False}}
    assert alice.refused("action/network-extra/update/", refused)[0] == 400


def test_youtubes_numbers_of_videos_come_by_the_batch(alice, sandbox):
    alice.connected("youtube")
    sandbox.calls.clear()
    posts = adapter_for("youtube").recent_posts(type("Subject", (), {"uid": mint("youtube", "maya").holder.channel_id}))
    assert len(posts) >= 10
    assert all(post.published_at and post.likes is not None for post in posts)
    assert [call.path.rpartition("/")[2] for call in sandbox.calls] == [
        "channels", "playlistItems", "videos:batchGetStats",
    ]  # fmt: skip


def test_a_token_of_limited_login_is_told_apart_from_a_dead_one(alice, sandbox):
    """The iOS SDK gives it to who declined tracking; signing in again would bring the same."""
    code, refusal = alice.refused("auth/facebook/", {"access_token": LIMITED, "user_id": "4711"})
    assert (code, refusal["error"], refusal["reason"]) == (400, "network_verification_failed", "limited_login")
    assert "Limited Login" in refusal["message"]
    dead = {"access_token": "EAAdead", "user_id": "4711"}
    assert alice.refused("auth/facebook/", dead)[1]["error"] == "invalid_access_token"


def test_what_an_app_must_know_of_challenges_and_counting(client):
    types = {row["network"]: row for row in client.post("/api/get/network-types/").json()["network_types"]}
    told = {network: row["pkce_challenge"] for network, row in types.items()}
    assert (told["tiktok"], told["twitter"], told["linkedin"]) == ("hex", "S256", None)
    [step] = types["youtube"]["counted_anew"]
    assert (step["count"], step["since"]) == ("views_count", "2026-08-27")
    assert types["twitter"]["counted_anew"] == []
