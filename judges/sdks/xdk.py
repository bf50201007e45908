"""xdk, X's own, obtains, renews and reads; its models are generated from X's OpenAPI."""

from typing import Any

from requests import HTTPError
from xdk import Client

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS, read_grant

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


def app(given: Given, **more: Any) -> Client:
    return Client(
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        redirect_uri=given["redirect_uri"],
        scope=given["scopes"],
        **more,
    )


def authorize(given: Given) -> Values:
    return {"url": app(given).get_authorization_url(given["state"])}


def exchange(given: Given) -> Values:
    return read_grant(app(given).exchange_code(given["code"], given["code_verifier"]))


def refresh(given: Given) -> Values:
    old = {"access_token": given["access_token"], "refresh_token": given["refresh_token"], "token_type": "bearer"}
    return read_grant(app(given, token=old).refresh_token())


def profile(given: Given) -> Values:
    user = Client(access_token=given["access_token"]).users.get_me(user_fields=FIELDS).data
    counts = user.public_metrics
    return {
        "uid": user.id,
        "external_id": user.username.lower(),
        "name": user.name,
        "followers": counts.followers_count,
        "following_count": counts.following_count,
        "posts_count": counts.post_count,
        "verified_badge": user.verified,
        "verified_type": user.verified_type,
        "identity_verified": user.is_identity_verified,
        "verified_followers_count": user.verified_followers_count,
        "parody": user.parody,
        "account_created": user.created_at[:10],
        "bio": user.description,
    }


def batch(given: Given) -> Values:
    answer = Client(bearer_token=given["app_token"]).users.get_by_ids(ids=given["ids"], user_fields=FIELDS)
    found = {user.id: user.public_metrics.followers_count for user in answer.data or []}
    return {"found": found, "missing": sorted(error.resource_id for error in answer.errors or [])}


def refused(given: Given) -> Values:
    try:
        return profile(given)
    except HTTPError as error:
        return {"status": error.response.status_code, "raised": type(error).__name__}


serve(
    ["xdk"],
    {
        "authorize": authorize,
        "exchange": exchange,
        "refresh": refresh,
        "profile": profile,
        "batch": batch,
        **dict.fromkeys(REFUSALS, refused),
    },
)
