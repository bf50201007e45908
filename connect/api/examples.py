"""A request and its answer for each call of the contract, for the OpenAPI document; tests compare them to the spec."""

from typing import Any

from connect.network_table import Network


def _success(message: str, **more: Any) -> dict[str, Any]:
    return {"status": "success", "message": message, **more}


def _listed(noun: str, network: str, pk: int, name: str, **count: int) -> dict[str, Any]:
    id_, url = f"{noun}123", f"https://{network}.com/{noun}123"
    row = {"id": pk, "network": network, f"{noun}_id": id_, f"{noun}_name": name, f"{noun}_url": url}
    at = {"category": "fashion", "connected_at": "2024-01-01T00:00:00Z"}
    return {f"{noun}s": [row | {"status": "accepted"} | count | at]}


def _added(noun: str, network: str, name: str, **count: int) -> dict[str, Any]:
    names = {f"{noun}_id": f"{noun}456", f"{noun}_name": name, f"{noun}_url": f"https://{network}.com/{noun}456"}
    return {"network": network, **names, **count, "category": "beauty"}


NETWORKS = {
    "networks": [
        {
            "id": 123,
            "network": "instagram",
            "network_id": "user123",
            "network_url": "https://instagram.com/user123",
            "status": "accepted",
            "followers": 5000,
            "verified": True,
            "connected_at": "2024-01-01T00:00:00Z",
        },
        {
            "id": 124,
            "network": "facebook",
            "network_id": "page456",
            "network_url": "https://facebook.com/page456",
            "status": "pending",
            "followers": 2000,
            "verified": False,
            "connected_at": "2024-01-15T00:00:00Z",
        },
    ]
}
APPROVAL = {
    "network_type": "instagram",
    "network_id": "user123",
    "network_url": "https://instagram.com/user123",
    "followers": 5000,
    "category": "fashion",
}
STATUS = {
    "status": "accepted",
    "verified": True,
    "followers": 5000,
    "engagement_rate": 3.5,
    "last_updated": "2024-08-01T10:00:00Z",
}
EXTRA = {
    "bio": "Updated bio information",
    "website": "https://example.com",
    "category": "fashion",
    "engagement_rate": 3.5,
}
PAGE = _listed("page", "facebook", 456, "Fashion Blog", followers=10_000)
WALL = _listed("wall", "instagram", 789, "Fashion Wall", followers=5_000)
CHANNEL = _listed("channel", "youtube", 101, "Fashion Channel", subscribers=15_000)
NOUNS = ("page", "wall", "channel")
CONNECTED = {"google": "Google"} | {str(network): network.label for network in Network}
EXAMPLES: dict[str, tuple[dict[str, Any] | None, dict[str, Any]]] = {
    "/api/get/networks/": ({}, NETWORKS),
    "/api/get/social-pages/": ({}, PAGE),
    "/api/get/social-walls/": ({}, WALL),
    "/api/get/social-channels/": ({}, CHANNEL),
    "/api/action/network/approval/": (APPROVAL, _success("Network submitted for approval", approval_id=789)),
    "/api/action/network-extra/update/": (
        {"network_id": 123, "extra_data": EXTRA},
        _success("Network extra information updated successfully"),
    ),
    "/api/network/status/": ({"network_id": 123}, STATUS),
    "/api/network/disconnect/": ({"network_id": 123}, _success("Network disconnected successfully")),
    "/api/add/social-page/": (
        _added("page", "facebook", "Beauty Blog", followers=8_000),
        _success("Social page added successfully", page_id=457),
    ),
    "/api/add/social-wall/": (
        _added("wall", "instagram", "Beauty Wall", followers=3_000),
        _success("Social wall added successfully", wall_id=790),
    ),
    "/api/add/social-channel/": (
        _added("channel", "youtube", "Beauty Channel", subscribers=8_000),
        _success("Social channel added successfully", channel_id=102),
    ),
    "/api/disconnect/social-page/": ({"page_id": 456}, _success("Page disconnected successfully")),
    "/api/disconnect/social-wall/": ({"wall_id": 789}, _success("Wall disconnected successfully")),
    "/api/disconnect/social-channel/": ({"channel_id": 101}, _success("Channel disconnected successfully")),
    **{
        f"/api/auth/{path}/": (
            {"access_token": f"{path}_access_token", "user_id": f"{path}_user_id"},
            _success(f"{label} account connected successfully", network_id=123),
        )
        for path, label in CONNECTED.items()
    },
}

REQUESTS: dict[str, dict[str, Any]] = {
    "/api/network/refresh/": {"network_id": 123},
    "/api/get/network-history/": {"network_id": 123, "days": 30},
    "/api/get/network-assets/": {"network_id": 123},
    "/api/get/events/": {"cursor": "", "limit": 100},
    "/api/action/network/appeal/": {"network_id": 123, "text": "It is my own account"},
    **{f"/api/action/social-{noun}/appeal/": {f"{noun}_id": 456, "text": "It is my own"} for noun in NOUNS},
    "/api/account/notices/": {"ends": False},
    "/api/connect/link/": {"network": "instagram"},
    "/api/account/erase/": {"confirm": "erase", "password": "correct-horse-battery"},
    "/api/account/erase/status/": {"receipt": "mJ8sQ2x0b1T9"},
    "/api/account/sign-in/move/": {
        "network": "instagram",
        "code": "AQDx",
        "redirect_uri": "https://app.example.com/back",
    },
    **{
        f"/api/callbacks/{network}/{what}/": {"signed_request": "c2lnbmF0dXJl.cGF5bG9hZA"}
        for network in ("facebook", "instagram")
        for what in ("deauthorize", "data-deletion")
    },
    "/api/callbacks/tiktok/": {
        "client_key": "aw1234",
        "event": "authorization.removed",
        "create_time": 1704067200,
        "user_openid": "act.example",
        "content": '{"reason": 1}',
    },
}
"""Example requests to the calls that the contract does not have."""
