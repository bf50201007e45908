"""tweepy reads X."""

import time

import tweepy
from oauthlib.oauth2 import OAuth2Error

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS, about, read_grant

FIELDS = [
    "created_at",
    "description",
    "is_identity_verified",
    "parody",
    "profile_image_url",
    "public_metrics",
    "verified",
    "verified_followers_count",
    "verified_type",
]
TOKEN_URL = "https://api.twitter.com/2/oauth2/token"


def handler(given: Given) -> tweepy.OAuth2UserHandler:
    return tweepy.OAuth2UserHandler(
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        redirect_uri=given["redirect_uri"],
        scope=given["scopes"],
    )


def authorize(given: Given) -> Values:
    return {"url": handler(given).get_authorization_url()}


def exchange(given: Given) -> Values:
    session = handler(given)
    session._client.code_verifier = given["code_verifier"]
    session._state = "state"
    return read_grant(session.fetch_token(f"{given['redirect_uri']}?code={given['code']}&state=state"))


def refresh(given: Given) -> Values:
    session = handler(given)
    return read_grant(session.refresh_token(TOKEN_URL, refresh_token=given["refresh_token"], auth=session.auth))


def spent_grant(given: Given) -> Values:
    try:
        return refresh(given)
    except OAuth2Error as error:
        return {"status": error.status_code, "code": error.error, "raised": type(error).__name__}


def profile(given: Given) -> Values:
    answer = client(given).get_me(user_fields=FIELDS, user_auth=False)
    if answer.data is None:
        return {"kind": answer.errors[0]["type"].rpartition("/")[2], "raised": "nothing: no data beside the errors"}
    return read_user(answer.data)


def client(given: Given) -> tweepy.Client:
    return tweepy.Client(bearer_token=given["access_token"])


def read_user(user: tweepy.User) -> Values:
    counts = user.public_metrics or {}
    return {
        "uid": str(user.id),
        "external_id": user.username.lower(),
        "name": user.name,
        "followers": counts.get("followers_count"),
        "following_count": counts.get("following_count"),
        "posts_count": counts.get("post_count", counts.get("tweet_count")),
        "verified_badge": user.verified,
        "verified_type": user["verified_type"],
        "identity_verified": user["is_identity_verified"],
        "verified_followers_count": user["verified_followers_count"],
        "parody": user["parody"],
        "account_created": user.created_at.date().isoformat(),
        "bio": user.description,
        "avatar_url": user.profile_image_url.replace("_normal.", "."),
    }


def batch(given: Given) -> Values:
    answer = tweepy.Client(bearer_token=given["app_token"]).get_users(ids=given["ids"], user_fields=FIELDS)
    found = {str(user.id): user.public_metrics["followers_count"] for user in answer.data or []}
    return {"found": found, "missing": sorted(error["resource_id"] for error in answer.errors)}


def refused(given: Given) -> Values:
    try:
        return profile(given)
    except tweepy.TooManyRequests as error:
        return {"status": error.response.status_code, "retry_after": about(error.reset_time - time.time())}
    except tweepy.HTTPException as error:
        return {"status": error.response.status_code, "raised": type(error).__name__}


serve(
    ["tweepy"],
    {
        "authorize": authorize,
        "exchange": exchange,
        "refresh": refresh,
        "spent grant": spent_grant,
        "profile": profile,
        "batch": batch,
        **dict.fromkeys(REFUSALS, refused),
    },
)
