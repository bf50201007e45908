from connect.network_table import Network
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.posts import posts_of
from social_auth.sandbox.wire import Call, Reply

TIKTOK = Network.TIKTOK
HOSTS = ("open.tiktokapis.com", "www.tiktok.com")


WRONG = {
    "wrong_verifier": ("invalid_request", "Code verifier or code challenge is invalid."),
    "wrong_redirect": ("invalid_request", "Redirect_uri is not matched with the uri when requesting code."),
    "deleted_client": ("invalid_client", "Client key or secret is incorrect."),
}


def error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"data": {}, "error": {"code": code, "message": message, "log_id": "sandbox"}})


NOT_GRANTED = error(401, "scope_not_authorized", "The user did not authorize the scope required for this call.")
SCOPES = ("user.info.basic", "user.info.profile", "user.info.stats", "video.list")
FIELDS = {
    "user.info.profile": {"bio_description", "profile_deep_link", "is_verified", "username", "profile_web_link"},
    "user.info.stats": {"follower_count", "following_count", "likes_count", "video_count"},
}
"""What beyond the basic scope each of the others opens."""


def _needed(fields: list[str]) -> set[str]:
    return {"user.info.basic"} | {scope for scope, opened in FIELDS.items() if opened & set(fields)}


def rate_limited() -> Reply:
    return error(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")


def handle(call: Call) -> Reply:
    match call.method, call.path.rstrip("/"):
        case "GET", "/v2/user/info":
            return user_info(call)
        case "POST", "/v2/video/list":
            return video_list(call)
        case "POST", "/v2/oauth/token":
            return token_endpoint(call)
        case "POST", "/v2/oauth/revoke":
            return revoke(call)
    return error(404, "invalid_params", "No such call")


def user_info(call: Call) -> Reply:
    token = call.bearer(TIKTOK)
    if token is None or token.dead:
        return error(401, "access_token_invalid", "The access token is invalid or not found in the request.")
    asked = call.params.get("fields", "").split(",")
    if not _needed(asked) <= set(token.scopes(SCOPES, "")):
        return NOT_GRANTED
    if token.condition in ("deleted", "suspended"):
        return error(401, "access_token_invalid", "The access token is invalid or not found in the request.")
    account = token.holder
    user = {
        "open_id": account.uid(token.app),
        "union_id": f"union-{account.name}",
        "avatar_url": f"https://p16.test/{account.name}.jpg",
        "display_name": account.display_name,
        "bio_description": f"{account.display_name}, from the sandbox",
        "profile_deep_link": f"https://vm.tiktok.com/{account.name}",
        "is_verified": account.verified,
        "username": account.handle,
        "follower_count": account.followers,
        "following_count": 12,
        "likes_count": account.followers * 9,
        "video_count": 64,
    }
    if account.state == "hidden":
        user["follower_count"] = None
    shown = {name: value for name, value in user.items() if name in asked}
    return Reply(200, {"data": {"user": shown}, "error": {"code": "ok", "message": "", "log_id": "sandbox"}})


def video_list(call: Call) -> Reply:
    token = call.bearer(TIKTOK)
    if token is None or token.dead:
        return error(401, "access_token_invalid", "The access token is invalid or not found in the request.")
    if "video.list" not in token.scopes(SCOPES, ""):
        return NOT_GRANTED
    videos = [
        {
            "id": f"73{token.holder.number}{post.number}",
            "create_time": int(post.published_at.timestamp()),
            "like_count": post.likes,
            "comment_count": post.comments,
            "share_count": post.shares,
        }
        for post in posts_of(token.holder)
    ]
    told = {"videos": videos, "cursor": 0, "has_more": False}
    return Reply(200, {"data": told, "error": {"code": "ok", "message": "", "log_id": "sandbox"}})


def token_endpoint(call: Call) -> Reply:
    if call.params.get("grant_type") == "client_credentials" and call.client_known(TIKTOK, id_name="client_key"):
        return Reply(200, {"access_token": "clt.sandbox", "expires_in": 7200, "token_type": "Bearer"})
    granted = redeem(call, TIKTOK, rotating=True, id_name="client_key")
    if isinstance(granted, str):
        return flat_error(*WRONG.get(granted, (granted, "The grant was refused.")))
    access, refresh = granted
    return Reply(
        200,
        {
            "access_token": str(access),
            "expires_in": 86400,
            "open_id": access.holder.uid(access.app),
            "refresh_token": str(refresh),
            "refresh_expires_in": refresh.seconds_left if refresh else 0,
            "scope": ",".join(access.scopes(SCOPES, "")),
            "token_type": "Bearer",
        },
    )


def revoke(call: Call) -> Reply:
    if not call.client_known(TIKTOK, id_name="client_key"):
        return flat_error("invalid_client", "Client key or secret is incorrect.")
    token = call.param_token(TIKTOK, "token")
    if token is None or token.dead:
        return flat_error("invalid_grant", "Access token is invalid or expired.")
    token.revoke()
    return Reply(200)


def flat_error(code: str, text: str) -> Reply:
    return Reply(200, {"error": code, "error_description": text, "log_id": "sandbox"})
