import time
from typing import Any

from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, account_of_number
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

TWITTER = Network.TWITTER
HOSTS = ("api.x.com", "api.twitter.com", "x.com")
SCOPES = ("users.read", "tweet.read", "offline.access")
UNAUTHORIZED = Reply(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})


GONE = {
    "deleted": "Could not find user with ids: [{}].",
    "suspended": "User has been suspended: [{}].",
}


WRONG = {
    "invalid_grant": "Value passed for the token was invalid.",
    "wrong_verifier": "Value passed for the code verifier did not match the code challenge.",
    "wrong_redirect": "Value passed for the redirect uri did not match the uri of the authorization code.",
}


def limits(remaining: int) -> dict[str, str]:
    reset = str(int(time.time()) + 900)
    return {"x-rate-limit-limit": "75", "x-rate-limit-remaining": str(remaining), "x-rate-limit-reset": reset}


def rate_limited() -> Reply:
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    return Reply(429, body, limits(0))


def handle(call: Call) -> Reply:
    match call.method, call.path:
        case "GET", "/2/users/me":
            return me(call.bearer(TWITTER))
        case "GET", "/2/users":
            return users(call)
        case "POST", "/2/oauth2/token":
            return token_endpoint(call)
        case "POST", "/2/oauth2/revoke":
            return revoke(call)
    return Reply(404, {"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"})


def out_of_credit() -> Reply:
    detail = "Your enrolled account does not have any credits to fulfill this request."
    kind = "https://api.twitter.com/2/problems/credits"
    return Reply(402, {"title": "CreditsDepleted", "detail": detail, "type": kind})


def me(token: Token | None) -> Reply:
    if token is None or token.dead:
        return UNAUTHORIZED
    if not {"users.read", "tweet.read"} <= set(token.scopes(SCOPES, "offline.access")):
        problem = {"title": "Forbidden", "detail": "Forbidden", "type": "about:blank", "status": 403}
        return Reply(403, problem, limits(74))
    if token.condition == "locked":
        text = "To protect our users, this account is temporarily locked. Please log in to unlock your account."
        return Reply(403, {"errors": [{"code": 326, "message": text}]}, limits(74))
    if token.condition in GONE:
        return Reply(200, {"errors": [missing(str(token.holder.number), token.condition)]}, limits(74))
    return Reply(200, {"data": user(token.holder)}, limits(74))


def users(call: Call) -> Reply:
    if call.headers.get("authorization") != f"Bearer {settings.TWITTER_BEARER_TOKEN}":
        return UNAUTHORIZED
    asked = call.params.get("ids", "").split(",")[:100]
    accounts = {number: account_of_number(TWITTER, number) for number in asked}
    gone = {number: account.state if account else "deleted" for number, account in accounts.items()}
    data = [user(account) for number, account in accounts.items() if account and gone[number] not in GONE]
    errors = [missing(number, state) for number, state in gone.items() if state in GONE]
    return Reply(200, ({"data": data} if data else {}) | ({"errors": errors} if errors else {}), limits(299))


def user(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.number),
        "name": account.display_name,
        "username": account.handle.title(),
        "created_at": "2012-11-05T08:15:30.000Z",
        "verified": account.verified,
        "verified_type": "blue" if account.verified else "none",
        "description": f"{account.display_name}, from the sandbox",
        "profile_image_url": f"https://pbs.test/{account.name}_normal.jpg",
        "public_metrics": {}
        if account.state == "hidden"
        else {
            "followers_count": account.followers,
            "following_count": 210,
            "tweet_count": 1234,
            "listed_count": 5,
        },
    }


def missing(number: str, state: str) -> dict[str, Any]:
    return {
        "value": number,
        "detail": GONE[state].format(number),
        "title": "Forbidden" if state == "suspended" else "Not Found Error",
        "resource_type": "user",
        "parameter": "ids",
        "resource_id": number,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, TWITTER, rotating=True)
    if granted in WRONG:  # X says invalid_request where others say invalid_grant
        return Reply(400, {"error": "invalid_request", "error_description": WRONG[granted]}, limits(74))
    if isinstance(granted, str):
        return Reply(401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"})
    access, refresh = granted
    body = {"token_type": "bearer", "expires_in": 7200, "access_token": str(access)}
    body |= {"scope": " ".join(access.scopes(SCOPES, "offline.access"))}
    return Reply(200, body | ({"refresh_token": str(refresh)} if refresh else {}))


def revoke(call: Call) -> Reply:
    if not call.client_known(TWITTER):
        return Reply(401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"})
    token = call.param_token(TWITTER, "token")
    if token:
        token.end()  # this one alone: another sign-in of the same person lives on
    return Reply(200, {"revoked": True})
