"""facebook-business, Meta's own, reads profiles and pages."""

import json

from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookResponse
from facebook_business.exceptions import FacebookRequestError

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS

FIELDS = ["id", "name", "picture.type(large)", "link"]
PAGE_FIELDS = ["id", "name", "username", "category", "followers_count", "fan_count"]


def api(given: Given) -> FacebookAdsApi:
    return FacebookAdsApi.init(
        given["client_id"], given["client_secret"], given["access_token"], crash_log=False, api_version=None
    )


def profile(given: Given) -> Values:
    user = User("me", api=api(given)).api_get(fields=FIELDS)
    return {"uid": user["id"], "name": user["name"], "avatar_url": user["picture"]["data"]["url"]}


def batch(given: Given) -> Values:
    """Several people's profiles in one request, each under a token of its own."""
    found: dict[str, str] = {}
    refused: list[int] = []

    def keep(response: FacebookResponse) -> None:
        found[response.json()["id"]] = response.json()["name"]

    together = api(given).new_batch()
    for token in given["tokens"]:
        params = {"fields": ",".join(FIELDS), "access_token": token["access_token"], "appsecret_proof": token["proof"]}
        together.add("GET", ["me"], params=params, success=keep, failure=lambda answer: refused.append(answer.status()))
    together.execute()
    return {"found": found, "missing": len(refused)}


def pages(given: Given) -> Values:
    listed = User("me", api=api(given)).get_accounts(fields=PAGE_FIELDS, params={"limit": 10})
    return {"pages": {page["id"]: [page["name"], page["followers_count"]] for page in listed}}


def revoke(given: Given) -> Values:
    answer = User(given["uid"], api=api(given)).delete_permissions()
    return {"answer": json.dumps(answer.export_all_data())}


def refused(given: Given) -> Values:
    try:
        return profile(given)
    except FacebookRequestError as error:
        code, subcode = error.api_error_code(), error.api_error_subcode()
        told = {"status": error.http_status(), "code": str(code or ""), "subcode": str(subcode or "")}
        return told | {"raised": type(error).__name__}


serve(
    ["facebook-business"],
    {"profile": profile, "batch": batch, "pages": pages, "revoke": revoke, **dict.fromkeys(REFUSALS, refused)},
)
