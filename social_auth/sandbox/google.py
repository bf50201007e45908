from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, Token, account_of_channel
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.wire import Call, Reply

YOUTUBE = Network.YOUTUBE
HOSTS = ("oauth2.googleapis.com", "youtube.googleapis.com", "www.googleapis.com")
SCOPE = "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/youtube.readonly"
LIFE = 3600


def error(status: int, reason: str, message: str, name: str) -> Reply:
    entry = {"message": message, "domain": "global", "reason": reason}
    return Reply(status, {"error": {"code": status, "message": message, "errors": [entry], "status": name}})


def rate_limited() -> Reply:
    return error(403, "rateLimitExceeded", "Too many requests.", "RESOURCE_EXHAUSTED")


def handle(call: Call) -> Reply:
    match call.method, call.path:
        case (("GET" | "POST"), "/tokeninfo"):
            return tokeninfo(call.param_token(YOUTUBE))
        case "GET", "/youtube/v3/channels":
            return channels(call)
        case "POST", "/token":
            return token_endpoint(call)
        case "POST", "/revoke":
            return revoke(call)
    return error(404, "notFound", "Not Found", "NOT_FOUND")


def tokeninfo(token: Token | None) -> Reply:
    if token is None or token.dead:
        return Reply(400, {"error": "invalid_token", "error_description": "Invalid Value"})
    return Reply(
        200,
        {
            "azp": token.app,
            "aud": token.app,
            "sub": token.holder.uid(token.app),
            "scope": SCOPE,
            "exp": str(int(token.minted) + LIFE),
            "expires_in": str(LIFE),
            "email": f"{token.account}@creators.test",
            "email_verified": "true",
            "access_type": "offline",
        },
    )


def channels(call: Call) -> Reply:
    if call.params.get("mine") == "true":
        token = call.bearer(YOUTUBE)
        if token is None or token.dead:
            return error(401, "authError", "Invalid Credentials", "UNAUTHENTICATED")
        found = [token.holder]
    elif call.params.get("key") == settings.YOUTUBE_API_KEY:
        named = map(account_of_channel, call.params.get("id", "").split(",")[:50])
        found = [account for account in named if account]
    else:
        return error(400, "keyInvalid", "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")
    page = {"totalResults": len(found), "resultsPerPage": 50}
    return Reply(200, {"kind": "youtube#channelListResponse", "pageInfo": page, "items": [*map(channel, found)]})


def channel(account: Account) -> dict:
    digits = max(len(str(account.followers)) - 3, 0)
    return {
        "kind": "youtube#channel",
        "id": account.channel_id,
        "snippet": {
            "title": account.display_name,
            "description": f"{account.display_name}, from the sandbox",
            "customUrl": f"@{account.name}",
            "thumbnails": {"high": {"url": f"https://yt3.test/{account.name}.jpg", "width": 800, "height": 800}},
        },
        "statistics": {
            "viewCount": str(account.followers * 40),
            "subscriberCount": str(account.followers // 10**digits * 10**digits),
            "hiddenSubscriberCount": False,
            "videoCount": "48",
        },
        "status": {"privacyStatus": "public", "isLinked": True},
    }


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, YOUTUBE, rotating=False)
    if isinstance(granted, str):
        status = 401 if granted == "invalid_client" else 400
        return Reply(status, {"error": granted, "error_description": "Token has been expired or revoked."})
    access, refresh = granted
    body = {"access_token": str(access), "expires_in": LIFE - 1, "scope": SCOPE, "token_type": "Bearer"}
    return Reply(200, body | ({"refresh_token": str(refresh)} if refresh else {}))


def revoke(call: Call) -> Reply:
    token = call.param_token(YOUTUBE, "token")
    if token is None or token.dead:
        return Reply(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
    token.revoke()
    return Reply(200, {})
