import json

from connect.network_table import Network
from social_auth.providers.facebook.sandbox import DELETED, WRONG_REDIRECT, error
from social_auth.sandbox.accounts import Account, network_state, our_secret
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.posts import posts_of
from social_auth.sandbox.tokens import Token
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


def rate_limited() -> Reply:
    entry = {"type": "instagram", "call_count": 100, "total_cputime": 30, "total_time": 40}
    usage = json.dumps({"17841": [entry | {"estimated_time_to_regain_access": 15}]})
    reply = error(80002, "(#80002) There have been too many calls to this Instagram account.")
    return Reply(reply.status, reply.body, {"X-Business-Use-Case-Usage": usage})


def handle(call: Call) -> Reply:
    parts = [part for part in call.path.split("/") if part and not part.startswith("v2")]
    if (call.host, call.method, parts) == ("api.instagram.com", "POST", ["oauth", "access_token"]):
        return code_exchange(call)
    if network_state(INSTAGRAM) == "client_deleted":
        return error(190, DELETED)
    token = call.param_token(INSTAGRAM)
    if token is None:
        return error(190, "Invalid OAuth access token - Cannot parse access token")
    return refusal(token) or granted(call, token, parts)


def refusal(token: Token) -> Reply | None:
    if token.dead:
        return error(190, "Error validating access token: Session has expired", subcode=463)
    if SCOPE not in token.scopes([SCOPE], ""):
        return NOT_GRANTED
    return REFUSED.get(token.condition)


def granted(call: Call, token: Token, parts: list[str]) -> Reply:
    match call.method, parts:
        case "GET", ["me"]:
            return me(token)
        case "GET", ["me", "media"]:
            return media(token.holder)
        case "GET", ["access_token"]:
            return exchange(call, token)
        case "GET", ["refresh_access_token"]:
            return refresh(token)
    return error(100, "Unsupported get request.")


def me(token: Token) -> Reply:
    account = token.holder
    return Reply(
        200,
        {
            "id": f"2728{account.number}{1 if token.ours else 2}",
            "user_id": account.uid(token.app),
            "username": account.handle,
            "name": account.display_name,
            "account_type": "PERSONAL" if account.state == "personal" else "MEDIA_CREATOR",
            "profile_picture_url": f"https://scontent.test/{account.name}.jpg",
            **({} if account.state == "hidden" else {"followers_count": account.followers}),
            "follows_count": 321,
            "media_count": 87,
            "biography": f"{account.display_name}, from the sandbox",
        },
    )


def media(account: Account) -> Reply:
    """The newest media; an account whose count is hidden hides its likes, too."""
    items = [
        {
            "id": f"1790{account.number}{post.number}",
            "timestamp": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "comments_count": post.comments,
            **({} if account.state == "hidden" else {"like_count": post.likes}),
        }
        for post in posts_of(account)
    ]
    return Reply(200, {"data": items, "paging": {"cursors": {"before": "a", "after": "b"}}})


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
