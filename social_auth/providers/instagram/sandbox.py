import json
from typing import Any

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, our_secret
from social_auth.sandbox.graph import (
    DELETED,
    UNPARSED,
    WRONG_REDIRECT,
    error,
    no_such,
    requested_fields,
    token_of,
    unknown_path,
    version_and_parts,
    with_version,
    wrong_proof,
)
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.posts import posts_of
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.traits import network_state
from social_auth.sandbox.wire import Call, Reply

INSTAGRAM = Network.INSTAGRAM
HOSTS = ("graph.instagram.com", "api.instagram.com", "www.instagram.com")

WRONG = {
    "wrong_redirect": WRONG_REDIRECT,
    "invalid_client": "Invalid platform app",
    "deleted_client": "Invalid platform app",
}
SCOPE = "instagram_business_basic"
NOT_GRANTED = error(10, "(#10) Application does not have permission for this action", status=403)
REFUSED = {
    "deleted": error(100, "Unsupported get request. Object with ID 'me' does not exist", subcode=33),
    "suspended": error(190, "Error validating access token: the session is invalid", subcode=467),
    "locked": error(190, "Error validating access token: the user is checkpointed", subcode=459),
}
MEDIA_OF = ("id",)


def rate_limited() -> Reply:
    entry = {"type": "instagram", "call_count": 100, "total_cputime": 30, "total_time": 40}
    usage = json.dumps({"17841": [entry | {"estimated_time_to_regain_access": 15}]})
    reply = error(80002, "(#80002) There have been too many calls to this Instagram account.")
    return Reply(reply.status, reply.body, {"X-Business-Use-Case-Usage": usage})


def handle(call: Call) -> Reply:
    if (call.host, call.method, call.path.rstrip("/")) == ("api.instagram.com", "POST", "/oauth/access_token"):
        return code_exchange(call)
    if network_state(INSTAGRAM) == "client_deleted":
        return error(190, DELETED)
    resolved = version_and_parts(call.path)
    token = token_of(call, INSTAGRAM)
    if resolved is None:
        return unknown_path(call)
    if token is None:
        return error(190, UNPARSED)
    return with_version(refusal(call, token) or granted(call, token, resolved[1]), resolved[0])


def refusal(call: Call, token: Token) -> Reply | None:
    if token.dead:
        return error(190, "Error validating access token: Session has expired", subcode=463)
    if SCOPE not in token.scopes([SCOPE], ""):
        return NOT_GRANTED
    return REFUSED.get(token.condition) or wrong_proof(call, INSTAGRAM, token)


def granted(call: Call, token: Token, parts: list[str]) -> Reply:
    match call.method, parts:
        case "GET", ["access_token"]:
            return exchange(call, token)
        case "GET", ["refresh_access_token"]:
            return refresh(token)
        case "GET", [name] if is_self(token, name):
            return as_reply(requested_fields(call, profile(token), MEDIA_OF, "IGUser"))
        case "GET", [name, "media"] if is_self(token, name):
            return media(call, token.holder)
    return no_such(parts[0] if parts else "")


def is_self(token: Token, name: str) -> bool:
    """Whether the name is one of the account's two ids, or me."""
    return name in ("me", own_id(token), token.holder.uid(token.app))


def own_id(token: Token) -> str:
    return f"2728{token.holder.number}{1 if token.ours else 2}"


def as_reply(result: Any) -> Reply:
    return result if isinstance(result, Reply) else Reply(200, result)


def profile(token: Token) -> dict[str, Any]:
    account = token.holder
    return {
        "id": own_id(token),
        "user_id": account.uid(token.app),
        "username": account.handle,
        "name": account.display_name,
        "account_type": "PERSONAL" if account.state == "personal" else "MEDIA_CREATOR",
        "profile_picture_url": f"https://scontent.test/{account.name}.jpg",
        "followers_count": None if account.state == "hidden" else account.followers,
        "follows_count": 321,
        "media_count": 87,
        "biography": f"{account.display_name}, from the sandbox",
        "website": f"https://{account.name.replace('_', '-')}.test/",
    }


def media(call: Call, account: Account) -> Reply:
    """The newest media, `limit` at a time; an account whose count is hidden hides its likes, too."""
    start, limit = int(call.params.get("after") or 0), int(call.params.get("limit") or 25)
    posts = posts_of(account)[start : start + limit]
    listed = [requested_fields(call, medium(account, post), MEDIA_OF, "IGMedia") for post in posts]
    if wrong := next((item for item in listed if isinstance(item, Reply)), None):
        return wrong
    cursors = {"before": str(start), "after": str(start + limit)}
    return Reply(200, {"data": listed} | ({"paging": {"cursors": cursors}} if listed else {}))


def medium(account: Account, post: Any) -> dict[str, Any]:
    return {
        "id": f"1790{account.number}{post.number}",
        "timestamp": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "comments_count": post.comments,
        "like_count": None if account.state == "hidden" else post.likes,
        "media_type": "IMAGE",
        "permalink": f"https://www.instagram.com/p/{account.name}{post.number}/",
        "caption": f"Post {post.number}",
    }


def code_exchange(call: Call) -> Reply:
    granted = redeem(call, INSTAGRAM, rotating=False)
    if isinstance(granted, str):
        text = WRONG.get(granted, "This authorization code has been used")
        return Reply(400, {"error_type": "OAuthException", "code": 400, "error_message": text})
    token = granted[0]
    body = {"access_token": str(token), "user_id": int(token.holder.uid(token.app))}
    return Reply(200, body | {"permissions": token.scopes([SCOPE], "")})


def refresh(token: Token) -> Reply:
    if token.kind != "long":
        return error(10, "Only long-lived tokens can be refreshed.")
    return Reply(200, {"access_token": str(token.sibling("long")), "token_type": "bearer", "expires_in": 5_183_944})


def exchange(call: Call, token: Token) -> Reply:
    if call.params.get("client_secret") != our_secret(INSTAGRAM):
        return error(1, "Error validating client secret.")
    if not token.ours:
        return error(101, "Error validating application.")
    if token.kind == "long":
        return error(452, "Session key invalid.")
    body = {"access_token": str(token.sibling("long")), "token_type": "bearer"}
    return Reply(200, body | {"expires_in": 5_183_944})
