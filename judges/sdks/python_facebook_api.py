"""python-facebook-api does Facebook's jobs, and Instagram's."""

from pyfacebook import BasicDisplayAPI, FacebookError, GraphAPI, LibraryError

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS, about, read_grant

FIELDS = {
    "facebook": "id,name,picture.type(large),link",
    "instagram": "id,user_id,username,name,account_type,profile_picture_url,followers_count,follows_count,media_count",
}
PAGE_FIELDS = "id,name,username,category,followers_count,fan_count"


def api(given: Given, **more: str | bool) -> GraphAPI:
    kind = BasicDisplayAPI if given["network"] == "instagram" else GraphAPI
    keys = {"app_id": given["client_id"], "app_secret": given["client_secret"]}
    return kind(**keys, **more) if more else kind(**keys, access_token=given["access_token"])


def authorize(given: Given) -> Values:
    asking = {"redirect_uri": given["redirect_uri"], "scope": given["scopes"], "state": given["state"]}
    return {"url": api(given, oauth_flow=True).get_authorization_url(**asking)[0]}


def exchange(given: Given) -> Values:
    back = f"{given['redirect_uri']}?code={given['code']}&state=PyFacebook"
    token = api(given, oauth_flow=True).exchange_user_access_token(back, redirect_uri=given["redirect_uri"])
    return read_grant(token)


def refresh(given: Given) -> Values:
    if given["network"] == "instagram":
        token = api(given).refresh_access_token(given["access_token"])
    else:
        token = api(given).exchange_long_lived_user_access_token()
    return {"access_token": bool(token["access_token"]), "expires_in": about(token["expires_in"])}


def prove(given: Given) -> Values:
    application = api(given, application_only_auth=True)
    told = application.debug_token(given["access_token"])["data"]
    return {"uid": told["user_id"], "client_id": told["app_id"], "scopes": sorted(told["scopes"])}


def profile(given: Given) -> Values:
    me = api(given).get_object("me", FIELDS[given["network"]])
    if given["network"] == "facebook":
        return {"uid": me["id"], "name": me["name"], "avatar_url": me["picture"]["data"]["url"]}
    return {
        "uid": me["user_id"],
        "external_id": me["username"],
        "name": me["name"],
        "followers": me["followers_count"],
        "following_count": me["follows_count"],
        "posts_count": me["media_count"],
        "account_type": me["account_type"],
        "avatar_url": me["profile_picture_url"],
    }


def pages(given: Given) -> Values:
    listed = api(given).get_full_connections("me", "accounts", count=None, limit=10, fields=PAGE_FIELDS)["data"]
    return {"pages": {page["id"]: [page["name"], page["followers_count"]] for page in listed}}


def revoke(given: Given) -> Values:
    return {"answer": str(api(given).delete_object(given["uid"], "permissions"))}


def refused(given: Given) -> Values:
    try:
        return profile(given)
    except FacebookError as error:
        told = {"code": str(error.code), "subcode": str(getattr(error, "error_subcode", ""))}
        return told | {"raised": type(error).__name__}
    except LibraryError as error:
        return {"raised": f"LibraryError: {error.message}"}


serve(
    ["python-facebook-api"],
    {
        "authorize": authorize,
        "exchange": exchange,
        "refresh": refresh,
        "prove": prove,
        "profile": profile,
        "pages": pages,
        "revoke": revoke,
        **dict.fromkeys(REFUSALS, refused),
    },
)
