"""X's users: only the requested fields, and an error beside them for each user that is missing."""

import re
import time
from typing import Any

from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, account_of_handle, account_of_number
from social_auth.sandbox.fields import select
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

TWITTER = Network.TWITTER
SCOPES = ("users.read", "tweet.read", "offline.access")
LITTLE = "offline.access"
USUAL = ("id", "name", "username")
"""The fields that are returned when none are requested."""
FIELDS = (
    "affiliation", "connection_status", "created_at", "description", "entities", "id", "is_identity_verified",
    "location", "most_recent_tweet_id", "name", "parody", "pinned_tweet_id", "profile_banner_url", "profile_image_url",
    "protected", "public_metrics", "receives_your_dm", "subscription", "subscription_type", "url", "username",
    "verified", "verified_followers_count", "verified_type", "withheld",
)  # fmt: skip
NUMBER, NAME = r"[0-9]{1,19}", r"[A-Za-z0-9_]{1,15}"
MOST = 100
PROBLEMS = "https://api.twitter.com/2/problems"
UNAUTHORIZED = Reply(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
APP_ONLY = {
    "title": "Unsupported Authentication",
    "detail": (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication "
        "types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    ),
    "type": f"{PROBLEMS}/unsupported-authentication",
    "status": 403,
}
LOCKED = "To protect our users, this account is temporarily locked. Please log in to unlock your account."
GONE = {
    "deleted": "Could not find user with {}: [{}].",
    "suspended": "User has been suspended: [{1}].",
}


def limits(remaining: int) -> dict[str, str]:
    reset = str(int(time.time()) + 900)
    return {"x-rate-limit-limit": "75", "x-rate-limit-remaining": str(remaining), "x-rate-limit-reset": reset}


def me(call: Call) -> Reply:
    if is_app(call):
        return Reply(403, APP_ONLY, limits(74))
    token = call.bearer(TWITTER)
    if token is None:
        return UNAUTHORIZED
    if refusal := of_person(token) or wrong_fields(call):
        return refusal
    if token.condition in GONE:
        return Reply(200, {"errors": [missing(str(token.holder.number), token.condition)]}, limits(74))
    return Reply(200, {"data": user(call, token.holder)}, limits(74))


def is_app(call: Call) -> bool:
    return call.headers.get("authorization") == f"Bearer {settings.TWITTER_BEARER_TOKEN}"


def of_person(token: Token | None) -> Reply | None:
    """The refusal of a person's token that may not read users."""
    if token is None or token.dead:
        return UNAUTHORIZED
    if not {"users.read", "tweet.read"} <= set(token.scopes(SCOPES, LITTLE)):
        problem = {"title": "Forbidden", "detail": "Forbidden", "type": "about:blank", "status": 403}
        return Reply(403, problem, limits(74))
    if token.condition == "locked":
        return Reply(403, {"errors": [{"code": 326, "message": LOCKED}]}, limits(74))
    return None


def wrong_fields(call: Call) -> Reply | None:
    unknown = [name for name in fields_of(call) if name not in FIELDS]
    return _invalid("user.fields", unknown[0], f"is not one of [{','.join(FIELDS)}]") if unknown else None


def fields_of(call: Call) -> list[str]:
    return list(filter(None, call.params.get("user.fields", "").split(",")))


def _invalid(name: str, value: str, why: str) -> Reply:
    entry = {"parameters": {name: [value]}, "message": f"The `{name}` query parameter value [{value}] {why}"}
    problem = {"title": "Invalid Request", "detail": "One or more parameters to your request was invalid."}
    return Reply(400, {"errors": [entry], **problem, "type": f"{PROBLEMS}/invalid-request"}, limits(299))


def users(call: Call, parameter: str, values: list[str], *, single: bool = False) -> Reply:
    """Look users up by `id`, `ids`, `username` or `usernames`, with our app's token or a person's."""
    refusal = (None if is_app(call) else of_person(call.bearer(TWITTER))) or wrong_fields(call)
    if refusal := refusal or _wrong_values(parameter, values):
        return refusal
    find = account_of_number if parameter in ("id", "ids") else account_of_handle
    accounts = {value: find(TWITTER, value) for value in values}
    states = {value: account.state if account else "deleted" for value, account in accounts.items()}
    data = [user(call, account) for value, account in accounts.items() if account and states[value] not in GONE]
    errors = [missing(value, state, parameter) for value, state in states.items() if state in GONE]
    body = {"data": data[0] if single else data} if data else {}
    return Reply(200, body | ({"errors": errors} if errors else {}), limits(299))


def _wrong_values(parameter: str, values: list[str]) -> Reply | None:
    form = NUMBER if parameter in ("id", "ids") else NAME
    if len(values) > MOST:
        return _invalid(parameter, ",".join(values), f"has more than {MOST} values")
    wrong = [value for value in values if not re.fullmatch(form, value)]
    return _invalid(parameter, wrong[0], f"does not match ^{form}$") if wrong else None


def user(call: Call, account: Account) -> dict[str, Any]:
    counts = {
        "followers_count": account.followers,
        "following_count": 210,
        "tweet_count": 1234,
        "post_count": 1234,  # its name in X's OpenAPI of 2026; X's pages still print the older one
        "listed_count": 5,
        "like_count": 321,
        "media_count": 12,
    }
    whole = {
        "id": str(account.number),
        "name": account.display_name,
        "username": account.handle.title(),
        "created_at": "2012-11-05T08:15:30.000Z",
        "verified": account.verified,
        "verified_type": "blue" if account.verified else "none",
        "is_identity_verified": account.verified,
        "verified_followers_count": account.followers // 10,
        "parody": False,
        "protected": False,
        "url": "",
        "description": f"{account.display_name}, from the sandbox",
        "profile_image_url": f"https://pbs.test/{account.name}_normal.jpg",
        "public_metrics": {} if account.state == "hidden" else counts,
    }
    return select(whole, fields_of(call), always=USUAL)


def missing(value: str, state: str, parameter: str = "ids") -> dict[str, Any]:
    return {
        "value": value,
        "detail": GONE[state].format(parameter, value),
        "title": "Forbidden" if state == "suspended" else "Not Found Error",
        "resource_type": "user",
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }
