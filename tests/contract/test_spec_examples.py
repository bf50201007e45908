"""Every example of the contract, replayed over HTTP: its keys, types and messages, no key more and none less."""

import re

import pytest

from tests.support.api import posted

pytestmark = pytest.mark.django_db
CONTENTS = ["json", "form", "multipart"]
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

BRIEF_NETWORK = {
    "id": int, "network": str, "network_id": str, "network_url": str, "status": str,
    "followers": int, "verified": bool, "connected_at": "stamp",
}  # fmt: skip


def brief(noun: str, count: str = "followers") -> dict:
    return {
        "id": int, "network": str, f"{noun}_id": str, f"{noun}_name": str, f"{noun}_url": str, "status": str,
        count: int, "category": str, "connected_at": "stamp",
    }  # fmt: skip


def assert_shape(row: dict, shape: dict) -> None:
    assert list(row) == list(shape)
    for name, kind in shape.items():
        if kind == "stamp":
            assert STAMP.fullmatch(row[name]), name
        else:
            assert type(row[name]) is kind, name


@pytest.mark.parametrize("content", CONTENTS)
class TestNetworks:
    claim = {
        "network_type": "instagram",
        "network_id": "user123",
        "network_url": "https://instagram.com/user123",
        "followers": 5000,
        "category": "fashion",
    }

    def test_approval_then_list(self, alice, content):
        answer = alice.ok("action/network/approval/", self.claim, content)

        assert answer == {
            "status": "success",
            "message": "Network submitted for approval",
            "approval_id": answer["approval_id"],
        }
        [row] = alice.ok("get/networks/", {}, content)["networks"]
        assert_shape(row, BRIEF_NETWORK)
        assert row["network_id"] == "user123"
        assert row["network_url"] == "https://instagram.com/user123"
        assert (row["status"], row["followers"], row["verified"]) == ("pending", 5000, False)

    def test_extra_update_then_status(self, alice, content):
        pk = alice.claim()
        extra = {
            "bio": "Updated bio information",
            "website": "https://example.com",
            "category": "fashion",
            "engagement_rate": 3.5,
        }

        answer = alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": extra}, content)

        assert answer == {"status": "success", "message": "Network extra information updated successfully"}
        status = alice.ok("network/status/", {"network_id": pk}, content)
        shape = {"status": str, "verified": bool, "followers": int, "engagement_rate": float, "last_updated": "stamp"}
        assert_shape(status, shape)
        assert status["engagement_rate"] == 3.5

    def test_full_view(self, alice, content):
        pk = alice.claim(category="fashion")
        extra = {"bio": "Fashion influencer", "engagement_rate": "3.5"}
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": extra})

        [row] = alice.ok("get/networks/", {"view": "full"}, content)["networks"]

        assert_shape(
            row,
            {
                "id": int, "user_id": int, "network": str, "network_id": str, "network_url": str, "status": str,
                "followers": int, "verified": bool, "category": str, "engagement_rate": float,
                "connected_at": "stamp", "last_updated": "stamp", "extra_data": dict,
                "health": str, "verification_level": str, "followers_as_of": "stamp", "followers_source": str,
                "followers_quality": str, "status_reason": str, "next_steps": list, "appealed_at": type(None),
                "engagement_source": str, "engagement_as_of": type(None), "expires_at": type(None), "expires_what": str,
                "scopes_granted": list, "scopes_missing": list,
            },
        )  # fmt: skip
        assert row["extra_data"] == {"bio": "Fashion influencer", "engagement_rate": 3.5}
        assert (row["health"], row["verification_level"], row["followers_source"]) == ("none", "none", "claimed")
        assert (row["followers_quality"], row["engagement_source"]) == ("claimed", "claimed")

    def test_disconnect(self, alice, content):
        pk = alice.claim()

        answer = alice.ok("network/disconnect/", {"network_id": pk}, content)

        assert answer == {"status": "success", "message": "Network disconnected successfully"}
        assert alice.ok("network/status/", {"network_id": pk})["status"] == "disconnected"

    @pytest.mark.parametrize(
        ("path", "network", "label"),
        [
            ("facebook", "facebook", "Facebook"),
            ("google", "youtube", "Google"),
            ("youtube", "youtube", "YouTube"),
            ("instagram", "instagram", "Instagram"),
            ("twitter", "twitter", "Twitter"),
            ("tiktok", "tiktok", "TikTok"),
            ("linkedin", "linkedin", "LinkedIn"),
            ("pinterest", "pinterest", "Pinterest"),
        ],
    )
    def test_connect(self, alice, sandbox, content, path, network, label):
        from social_auth.sandbox.tokens import mint

        answer = alice.ok(f"auth/{path}/", posted(mint(network, "maya")), content)

        message = f"{label} account connected successfully"
        assert answer == {"status": "success", "message": message, "network_id": answer["network_id"]}
        [row] = alice.ok("get/networks/")["networks"]
        assert (row["id"], row["network"], row["verified"]) == (answer["network_id"], network, True)


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("page", {"network": "facebook", "page_id": "page456", "page_name": "Beauty Blog",
                  "page_url": "https://facebook.com/page456", "followers": 8000, "category": "beauty"}),
        ("wall", {"network": "instagram", "wall_id": "wall456", "wall_name": "Beauty Wall",
                  "wall_url": "https://instagram.com/wall456", "followers": 3000, "category": "beauty"}),
        ("channel", {"network": "youtube", "channel_id": "channel456", "channel_name": "Beauty Channel",
                     "channel_url": "https://youtube.com/channel456", "subscribers": 8000, "category": "beauty"}),
    ],
)  # fmt: skip
class TestLeaves:
    def test_add_list_and_full_view(self, alice, content, noun, body):
        count = "subscribers" if noun == "channel" else "followers"

        answer = alice.ok(f"add/social-{noun}/", body, content)

        message = f"Social {noun} added successfully"
        assert answer == {"status": "success", "message": message, f"{noun}_id": answer[f"{noun}_id"]}
        [row] = alice.ok(f"get/social-{noun}s/", {}, content)[f"{noun}s"]
        assert_shape(row, brief(noun, count))
        assert row == {**body, "id": answer[f"{noun}_id"], "status": "pending", "connected_at": row["connected_at"]}
        [full] = alice.ok(f"get/social-{noun}s/", {"view": "full"}, content)[f"{noun}s"]
        model = {
            "id", "user_id", "network", f"{noun}_id", f"{noun}_name", f"{noun}_url", "status", count, "category",
            "engagement_rate", "connected_at", "last_updated", "extra_data",
        }  # fmt: skip
        ours = {"health", "verification_level", "followers_as_of", "followers_source", "followers_quality"}
        ours |= {"status_reason", "next_steps", "appealed_at"}
        assert set(full) == model | ours

    def test_disconnect(self, alice, bob, content, noun, body):
        pk = alice.ok(f"add/social-{noun}/", body, content)[f"{noun}_id"]

        assert bob.refused(f"disconnect/social-{noun}/", {f"{noun}_id": pk}, content)[0] == 403
        answer = alice.ok(f"disconnect/social-{noun}/", {f"{noun}_id": pk}, content)

        assert answer == {"status": "success", "message": f"Social {noun} disconnected successfully"}
        assert alice.refused(f"disconnect/social-{noun}/", {f"{noun}_id": pk})[1]["error"] == "invalid_transition"
        code, body = alice.refused(f"disconnect/social-{noun}/", {f"{noun}_id": 10**19})
        assert (code, body["error"]) == (404, f"{noun}_not_found")


class TestErrors:
    def test_authentication(self, alice, client):
        answer = client.post("/api/get/networks/")
        assert answer.status_code == 401
        assert answer.json() == {
            "error": "authentication_required",
            "message": "Authentication is required for this endpoint",
        }
        for headers in ({"Authorization": "Bearer nonsense"}, {"X-Session-Token": "nonsense"}):
            answer = client.post("/api/get/networks/", headers=headers)
            assert answer.status_code == 401
            assert answer.json() == {"error": "invalid_access_token", "message": "Invalid or expired access token"}

    def test_invalid_provider_token(self, alice, sandbox):
        answer = alice.refused("auth/twitter/", {"access_token": "nonsense", "user_id": "1"})
        assert answer == (
            400,
            {"error": "invalid_access_token", "message": "Invalid or expired access token", "field": "access_token"},
        )

    def test_network_errors(self, alice, bob, sandbox):
        pk = alice.connected("facebook")
        again = {
            "error": "network_already_connected",
            "message": "This network is already connected to your account",
        }
        assert alice.connect("facebook").json() == again
        elsewhere = bob.connect("facebook")
        assert elsewhere.status_code == 409
        assert elsewhere.json()["message"] == "This network is already connected to another account"
        assert alice.refused("network/status/", {"network_id": 999999}) == (
            404,
            {"error": "network_not_found", "message": "Network not found"},
        )
        assert bob.refused("network/status/", {"network_id": pk}) == (
            403,
            {"error": "permission_denied", "message": "You don't have permission to access this network"},
        )
        code, body = bob.connect("facebook", "other", foreign=True), None
        body = code.json()
        assert body == {
            "error": "network_verification_failed",
            "message": "Failed to verify network credentials",
            "reason": "wrong_app",
        }

    def test_validation_errors(self, alice):
        claim = {"network_type": "instagram", "network_id": "user123", "network_url": "https://evil.example/user123"}
        assert alice.refused("action/network/approval/", claim) == (
            400,
            {"error": "validation_error", "message": "Invalid network URL format", "field": "network_url"}
            | {"hint": "It is not on a host of that network", "example": "https://instagram.com/olga.fern"},
        )
        page = {"network": "myspace", "page_id": "p", "page_name": "P", "page_url": "https://facebook.com/p"}
        assert alice.refused("add/social-page/", page) == (
            400,
            {"error": "validation_error", "message": "Network type not supported", "field": "network"},
        )
        code, body = alice.refused("add/social-page/", {})
        assert (code, body["error"], body["field"]) == (400, "validation_error", "network")
        assert [error["field"] for error in body["errors"]] == ["network", "page_id", "page_name", "page_url"]

    def test_limit(self, alice, settings):
        settings.CONNECT_MAX_NETWORKS = 1
        alice.claim(name="first")
        answer = alice.refused(
            "action/network/approval/",
            {"network_type": "instagram", "network_id": "second", "network_url": "https://instagram.com/second"},
        )
        assert answer == (403, {"error": "network_limit_reached", "message": "Maximum number of networks reached"})

    def test_other_codes(self, alice):
        bearer = {"Authorization": f"Bearer {alice.bearer}"}
        assert alice.client.get("/api/get/networks/", headers=bearer).json()["error"] == "method_not_allowed"
        assert alice.client.post("/api/no/such/call/").json()["error"] == "not_found"
        headers = {"Authorization": f"Bearer {alice.bearer}"}
        answer = alice.client.post("/api/get/networks/", b"<x/>", content_type="text/xml", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")
        answer = alice.client.post(
            "/api/get/networks/", b" " * 70_000, content_type="application/json", headers=headers
        )
        assert (answer.status_code, answer.json()["error"]) == (413, "payload_too_large")
        assert answer["X-Request-ID"]
        assert answer["Cache-Control"] == "no-store"
