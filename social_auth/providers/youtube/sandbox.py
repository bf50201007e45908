from collections.abc import Callable
from typing import Any

from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, account_of_channel
from social_auth.sandbox.id_tokens import id_token, public_key
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.posts import POSTS, posts_of
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

YOUTUBE = Network.YOUTUBE
HOSTS = ("oauth2.googleapis.com", "youtube.googleapis.com", "www.googleapis.com", "accounts.google.com")
API = "https://www.googleapis.com/auth/"
SCOPES = ("openid", f"{API}userinfo.email", f"{API}youtube.readonly")
READING = {f"{API}youtube.readonly", f"{API}youtube", f"{API}youtube.force-ssl"}
EMAIL = {"email", f"{API}userinfo.email"}
LIFE = 3600
GONE = ("deleted", "suspended", "no_channel")


def error(status: int, reason: str, message: str, name: str) -> Reply:
    entry = {"message": message, "domain": "global", "reason": reason}
    return Reply(status, {"error": {"code": status, "message": message, "errors": [entry], "status": name}})


NOT_GRANTED = error(403, "insufficientPermissions", "Request had insufficient scopes.", "PERMISSION_DENIED")
REFUSED = {
    "deleted": error(403, "authenticatedUserAccountClosed", "The account is closed.", "FORBIDDEN"),
    "suspended": error(403, "authenticatedUserAccountSuspended", "The account is suspended.", "FORBIDDEN"),
}


WRONG = {
    "wrong_verifier": ("invalid_grant", "Invalid code verifier."),
    "wrong_redirect": ("redirect_uri_mismatch", "Bad Request"),
    "deleted_client": ("deleted_client", "The OAuth client was deleted."),
}


def rate_limited() -> Reply:
    return error(403, "rateLimitExceeded", "Too many requests.", "RESOURCE_EXHAUSTED")


def out_of_credit() -> Reply:
    return error(403, "quotaExceeded", "The request cannot be completed: you have exceeded your quota.", "FORBIDDEN")


def handle(call: Call) -> Reply:
    match call.method, call.path:
        case (("GET" | "POST"), "/tokeninfo"):
            return tokeninfo(call.param_token(YOUTUBE))
        case "GET", "/youtube/v3/channels":
            return channels(call)
        case "GET", "/youtube/v3/playlistItems":
            if call.params.get("playlistId", "")[2:].startswith("new"):  # whoever is called new has no uploads
                return error(404, "playlistNotFound", "The playlist cannot be found.", "NOT_FOUND")
            return keyed(call, playlist_items)
        case "GET", "/youtube/v3/videos":
            return keyed(call, videos)
        case "POST", "/token":
            return token_endpoint(call)
        case "POST", "/revoke":
            return revoke(call)
        case "GET", "/oauth2/v3/certs":
            return Reply(200, {"keys": [public_key()]}, {"Cache-Control": "public, max-age=20000"})
    return error(404, "notFound", "Not Found", "NOT_FOUND")


def tokeninfo(token: Token | None) -> Reply:
    if token is None or token.dead:
        return Reply(400, {"error": "invalid_token", "error_description": "Invalid Value"})
    scopes = token.scopes(SCOPES, "openid")
    return Reply(
        200,
        {
            "azp": token.audience,
            "aud": token.audience,
            "scope": " ".join(scopes),
            "exp": str(int(token.minted) + LIFE),
            "expires_in": str(LIFE),
            "access_type": "online" if token.online else "offline",
            **({"sub": token.holder.uid(token.app)} if "openid" in scopes else {}),
            **({"email": f"{token.account}@creators.test", "email_verified": "true"} if EMAIL & set(scopes) else {}),
        },
    )


def channels(call: Call) -> Reply:
    if call.params.get("mine") == "true":
        token = call.bearer(YOUTUBE)
        if token is None or token.dead:
            return error(401, "authError", "Invalid Credentials", "UNAUTHENTICATED")
        if not READING & set(token.scopes(SCOPES, "openid")):
            return NOT_GRANTED
        if refusal := REFUSED.get(token.condition):
            return refusal
        found = [] if token.condition == "no_channel" else [token.holder]
    elif call.params.get("key") == settings.YOUTUBE_API_KEY:
        named = map(account_of_channel, call.params.get("id", "").split(",")[:50])
        found = [account for account in named if account and account.state not in GONE]
    else:
        return error(400, "keyInvalid", "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")
    page = {"totalResults": len(found), "resultsPerPage": 50}
    return Reply(200, {"kind": "youtube#channelListResponse", "pageInfo": page, "items": [*map(channel, found)]})


def keyed(call: Call, answer: Callable[[Call], list[dict[str, Any]]]) -> Reply:
    if call.params.get("key") != settings.YOUTUBE_API_KEY:
        return error(400, "keyInvalid", "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")
    return Reply(200, {"kind": "youtube#listResponse", "items": answer(call)})


def playlist_items(call: Call) -> list[dict[str, Any]]:
    """The uploads of a channel, whose playlist goes by the channel's id with UU in front."""
    account = account_of_channel(f"UC{call.params.get('playlistId', '')[2:]}")
    ids = [f"{account.channel_id}.{post.number}" for post in posts_of(account)] if account else []
    return [{"kind": "youtube#playlistItem", "contentDetails": {"videoId": video}} for video in ids]


def videos(call: Call) -> list[dict[str, Any]]:
    return [video for name in call.params.get("id", "").split(",")[:50] if (video := one_video(name))]


def one_video(name: str) -> dict[str, Any] | None:
    channel_id, _, number = name.partition(".")
    account = account_of_channel(channel_id)
    if account is None or not number.isdigit() or int(number) >= POSTS:
        return None
    post = posts_of(account)[int(number)]
    published = post.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    statistics = {"likeCount": str(post.likes), "commentCount": str(post.comments), "viewCount": str(post.likes * 30)}
    return {"kind": "youtube#video", "id": name, "snippet": {"publishedAt": published}, "statistics": statistics}


def channel(account: Account) -> dict[str, Any]:
    digits = max(len(str(account.followers)) - 3, 0)
    return {
        "kind": "youtube#channel",
        "id": account.channel_id,
        "snippet": {
            "title": account.display_name,
            "description": f"{account.display_name}, from the sandbox",
            "customUrl": f"@{account.handle}",
            "publishedAt": "2019-03-14T09:26:53Z",
            "thumbnails": {"high": {"url": f"https://yt3.test/{account.name}.jpg", "width": 800, "height": 800}},
        },
        "statistics": {
            "viewCount": str(account.followers * 40),
            "subscriberCount": str(account.followers // 10**digits * 10**digits),
            "hiddenSubscriberCount": account.state == "hidden",
            "videoCount": "48",
        },
        "contentDetails": {"relatedPlaylists": {"uploads": f"UU{account.channel_id[2:]}"}},
        "status": {"privacyStatus": "public", "isLinked": True},
    }


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, YOUTUBE, rotating=False)
    if isinstance(granted, str):
        word, text = WRONG.get(granted, (granted, "Token has been expired or revoked."))
        return Reply(401 if word.endswith("_client") else 400, {"error": word, "error_description": text})
    access, refresh = granted
    body = {"access_token": str(access), "expires_in": LIFE - 1, "token_type": "Bearer"}
    body["scope"] = " ".join(access.scopes(SCOPES, "openid"))
    if "openid" in access.scopes(SCOPES, "openid"):
        body["id_token"] = id_token(access, nonce=access.asked_nonce or None)
    grant = refresh or call.param_token(YOUTUBE, "refresh_token")
    if grant and grant.seconds_left is not None:
        body["refresh_token_expires_in"] = grant.seconds_left
    return Reply(200, body | ({"refresh_token": str(refresh)} if refresh else {}))


def revoke(call: Call) -> Reply:
    token = call.param_token(YOUTUBE, "token")
    if token is None or token.dead:
        return Reply(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
    token.revoke()
    return Reply(200, {})
