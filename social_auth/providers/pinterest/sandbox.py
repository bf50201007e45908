from collections.abc import Callable
from time import time
from typing import Any

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, Asset
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import BASIC, Call, Reply

PINTEREST = Network.PINTEREST
MOST_BOARDS = 250
HOSTS = ("api.pinterest.com", "www.pinterest.com")


SCOPES = ("user_accounts:read", "boards:read")
UNAUTHENTICATED = Reply(401, {"code": 2, "message": "Authentication failed."})
NOT_GRANTED = Reply(403, {"code": 29, "message": "You are not permitted to access that resource."})
REFUSED = {
    "deleted": Reply(404, {"code": 404, "message": "User not found."}),
    "suspended": Reply(404, {"code": 404, "message": "User not found."}),
}


def rate_limited() -> Reply:
    return Reply(429, {"code": 8, "message": "You have exceeded your rate limit. Try again later."})


def handle(call: Call) -> Reply:
    match call.method, call.path.rstrip("/"):
        case "GET", "/v5/user_account":
            return with_token(call, "user_accounts:read", user_account)
        case "GET", "/v5/boards":
            return with_token(call, "boards:read", lambda token: boards(call, token))
        case "POST", "/v5/oauth/token":
            return token_endpoint(call)
        case "POST", "/v5/oauth/token/revoke":
            return revoke(call)
    return Reply(404, {"code": 404, "message": "Not found."})


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, PINTEREST, rotating=True, style=BASIC)
    if granted in ("invalid_client", "deleted_client"):
        return UNAUTHENTICATED
    if granted == "unsupported_grant_type":
        return Reply(400, {"code": 1, "message": f"Invalid grant_type {call.params.get('grant_type')!r}"})
    if isinstance(granted, str):
        return Reply(401, {"code": 283, "message": "The authorization grant is invalid"})
    access, refresh = granted
    seconds_left = (refresh.seconds_left if refresh else None) or 0
    life = {
        "expires_in": 2_592_000,
        "refresh_token_expires_in": seconds_left,
        "refresh_token_expires_at": int(time()) + seconds_left,
    }
    scope = " ".join(access.scopes(SCOPES, ""))
    tokens = {"access_token": str(access), "refresh_token": str(refresh)}
    return Reply(
        200, {"response_type": call.params["grant_type"], "token_type": "bearer", "scope": scope, **life, **tokens}
    )


def revoke(call: Call) -> Reply:
    """Pinterest revokes only tokens of system users, which the sandbox does not have."""
    return NOT_GRANTED if call.client_known(PINTEREST, style=BASIC) else UNAUTHENTICATED


def with_token(call: Call, scope: str, answer: Callable[[Token], Reply]) -> Reply:
    token = call.bearer(PINTEREST)
    if token is None or token.dead:
        return UNAUTHENTICATED
    if scope not in token.scopes(SCOPES, ""):
        return NOT_GRANTED
    return REFUSED.get(token.condition) or answer(token)


def boards(call: Call, token: Token) -> Reply:
    """The account's boards and, last, a group board of somebody else, `page_size` at a time."""
    start, size = int(call.params.get("bookmark") or 0), int(call.params.get("page_size") or 25)
    if not 1 <= size <= MOST_BOARDS:
        return Reply(400, {"code": 1, "message": f"Invalid page_size: {size} is not between 1 and {MOST_BOARDS}"})
    listed = [board(asset, token.holder.handle) for asset in token.holder.assets()]
    listed.append(board(Asset(Account(PINTEREST, "somebody"), 1), "somebody"))
    listed = [item for item in listed if call.params.get("privacy", "PUBLIC").upper() in ("ALL", item["privacy"])]
    more = str(start + size) if len(listed) > start + size else None
    return Reply(200, {"items": listed[start : start + size], "bookmark": more})


def board(asset: Asset, owner: str) -> dict[str, Any]:
    return {
        "id": asset.number,
        "name": asset.title,
        "description": "",
        "owner": {"username": owner},
        "privacy": "PUBLIC",
        "follower_count": asset.followers,
        "pin_count": 12,
        "collaborator_count": 0,
        "created_at": "2020-01-01T20:10:40-00:00",
        "board_pins_modified_at": "2020-02-02T20:10:40-00:00",
        "is_ads_only": False,
        "media": {"image_cover_url": f"https://i.pinimg.test/{asset.slug}.jpg", "pin_thumbnail_urls": []},
    }


def user_account(token: Token) -> Reply:
    account = token.holder
    return Reply(
        200,
        {
            "id": account.uid(token.app),
            "username": account.handle,
            "account_type": "BUSINESS",
            "business_name": account.display_name,
            "profile_image": f"https://i.pinimg.test/{account.name}.jpg",
            "website_url": f"https://{account.name.replace('_', '-')}.test/",
            "about": f"{account.display_name}, from the sandbox",
            "follower_count": None if account.state == "hidden" else account.followers,
            "following_count": 33,
            "board_count": 4,
            "pin_count": 210,
            "monthly_views": account.followers * 3,
        },
    )
