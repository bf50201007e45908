"""TikTok's users and their videos: the requested fields, as far as the scopes allow."""

from typing import Any

from connect.network_table import Network
from social_auth.sandbox.accounts import Account
from social_auth.sandbox.fields import select
from social_auth.sandbox.posts import Posted, posts_of
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

TIKTOK = Network.TIKTOK


def error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"data": {}, "error": {"code": code, "message": message, "log_id": "sandbox"}})


GONE = ("deleted", "suspended")
DEAD = error(401, "access_token_invalid", "The access token is invalid or not found in the request.")
NOT_GRANTED = error(401, "scope_not_authorized", "The user did not authorize the scope required for this call.")
SCOPES = ("user.info.basic", "user.info.profile", "user.info.stats", "video.list")
FIELDS = {
    "user.info.profile": {"bio_description", "profile_deep_link", "is_verified", "username", "profile_web_link"},
    "user.info.stats": {"follower_count", "following_count", "likes_count", "video_count"},
}
"""The fields that each scope allows beyond the basic one."""
USER = {"open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"}.union(
    *FIELDS.values()
)
VIDEO = {
    "id", "create_time", "like_count", "comment_count", "share_count", "view_count", "title", "video_description",
    "duration", "cover_image_url", "embed_link", "share_url",
}  # fmt: skip
MOST_VIDEOS = 20


def _needed(fields: list[str]) -> set[str]:
    return {"user.info.basic"} | {scope for scope, opened in FIELDS.items() if opened & set(fields)}


def ok(data: dict[str, Any]) -> Reply:
    return Reply(200, {"data": data, "error": {"code": "ok", "message": "", "log_id": "sandbox"}})


def user_info(call: Call) -> Reply:
    token = call.bearer(TIKTOK)
    if token is None or token.dead:
        return DEAD
    fields = call.params.get("fields", "").split(",")
    if unknown := [name for name in fields if name not in USER]:
        return error(400, "invalid_params", f"Fields is not valid: {unknown[0]!r}")
    if not _needed(fields) <= set(token.scopes(SCOPES, "")):
        return NOT_GRANTED
    return DEAD if token.condition in GONE else ok({"user": select(user(token), fields)})


def user(token: Token) -> dict[str, Any]:
    account = token.holder
    return {
        "open_id": account.uid(token.app),
        "union_id": f"union-{account.name}",
        "avatar_url": f"https://p16.test/{account.name}.jpg",
        "avatar_url_100": f"https://p16.test/{account.name}-100.jpg",
        "avatar_large_url": f"https://p16.test/{account.name}-large.jpg",
        "display_name": account.display_name,
        "bio_description": f"{account.display_name}, from the sandbox",
        "profile_deep_link": f"https://vm.tiktok.com/{account.name}",
        "profile_web_link": f"https://www.tiktok.com/@{account.handle}",
        "is_verified": account.verified,
        "username": account.handle,
        "follower_count": None if account.state == "hidden" else account.followers,
        "following_count": 12,
        "likes_count": account.followers * 9,
        "video_count": 64,
    }


def video_list(call: Call) -> Reply:
    """The newest videos, `max_count` at a time, from `cursor` on."""
    token = call.bearer(TIKTOK)
    if token is None or token.dead or token.condition in GONE:
        return DEAD
    if "video.list" not in token.scopes(SCOPES, ""):
        return NOT_GRANTED
    fields = call.params.get("fields", "").split(",")
    start, most = int(call.params.get("cursor") or 0), int(call.params.get("max_count") or 10)
    if not set(fields) <= VIDEO or not 1 <= most <= MOST_VIDEOS:
        return error(400, "invalid_params", "Fields or max_count is not valid")
    posts = posts_of(token.holder)
    videos = [select(video(token.holder, post), fields) for post in posts[start : start + most]]
    return ok({"videos": videos, "cursor": start + len(videos), "has_more": start + most < len(posts)})


def video(account: Account, post: Posted) -> dict[str, Any]:
    return {
        "id": f"73{account.number}{post.number}",
        "create_time": int(post.published_at.timestamp()),
        "like_count": post.likes,
        "comment_count": post.comments,
        "share_count": post.shares,
        "view_count": post.likes * 30,
        "title": f"Video {post.number}",
        "video_description": "",
        "duration": 15,
    }
