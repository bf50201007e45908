"""pinterest-api-sdk reads Pinterest, with the models that are generated from Pinterest's OpenAPI."""

from openapi_generated.pinterest_client.api.boards_api import BoardsApi
from openapi_generated.pinterest_client.api.user_account_api import UserAccountApi
from openapi_generated.pinterest_client.exceptions import ApiException
from pinterest.client import PinterestSDKClient
from pinterest.utils.refresh_access_token import get_new_access_token
from pinterest.utils.sdk_exceptions import SdkException

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS


def refresh(given: Given) -> Values:
    token = get_new_access_token(
        given["client_id"], given["client_secret"], given["refresh_token"], "https://api.pinterest.com/v5"
    )
    return {"access_token": bool(token)}


def spent_grant(given: Given) -> Values:
    try:
        return refresh(given)
    except SdkException as error:
        return {"status": error.status, "raised": type(error).__name__}


def client(given: Given) -> PinterestSDKClient:
    return PinterestSDKClient.create_client_with_token(given["access_token"])


def profile(given: Given) -> Values:
    account = UserAccountApi(client(given)).user_account_get()
    return {
        "uid": account.id,
        "external_id": account.username,
        "name": account.business_name,
        "followers": account.follower_count,
        "following_count": account.following_count,
        "posts_count": account.pin_count,
        "boards_count": account.board_count,
        "account_type": account.account_type,
        "avatar_url": account.profile_image,
        "bio": account.about,
    }


def pages(given: Given) -> Values:
    """All boards that are the account's own, as the SDK pages through them."""
    api, bookmark, found = BoardsApi(client(given)), {}, {}
    while True:
        page = api.boards_list(page_size=25, **bookmark)
        own = [board for board in page["items"] if board["owner"]["username"] == given["account"]]
        found |= {board["id"]: [board["name"], board["follower_count"]] for board in own}
        if not page["bookmark"]:
            return {"pages": found}
        bookmark = {"bookmark": page["bookmark"]}


def refused(given: Given) -> Values:
    try:
        return profile(given)
    except ApiException as error:
        return {"status": error.status, "raised": type(error).__name__}


serve(
    ["pinterest-api-sdk", "pinterest-generated-client"],
    {
        "refresh": refresh,
        "spent grant": spent_grant,
        "profile": profile,
        "pages": pages,
        **dict.fromkeys(REFUSALS, refused),
    },
)
