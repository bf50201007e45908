"""linkedin-api-client, LinkedIn's own, obtains, renews, inspects and reads."""

from typing import Any

from linkedin_api.clients.auth.client import AuthClient
from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common.errors import ResponseFormattingError

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS, about, read_grant


def auth(given: Given) -> AuthClient:
    return AuthClient(given["client_id"], given["client_secret"], given["redirect_uri"])


def read(answer: Any) -> Values:
    return read_grant(vars(answer), separator=",") | {"grant_life": about(answer.refresh_token_expires_in)}


def authorize(given: Given) -> Values:
    return {"url": auth(given).generate_member_auth_url(given["scopes"], given["state"])}


def exchange(given: Given) -> Values:
    return read(auth(given).exchange_auth_code_for_access_token(given["code"]))


def refresh(given: Given) -> Values:
    return read(auth(given).exchange_refresh_token_for_access_token(given["refresh_token"]))


def spent_grant(given: Given) -> Values:
    try:
        answer = auth(given).exchange_refresh_token_for_access_token(given["refresh_token"])
    except ResponseFormattingError as error:
        return {"raised": type(error).__name__}
    return {"status": answer.status_code, "raised": "nothing: an answer without a token"}


def prove(given: Given) -> Values:
    told = auth(given).introspect_access_token(given["access_token"])
    return {"client_id": told.client_id, "scopes": sorted(told.scope.split(","))}


def profile(given: Given) -> Values:
    member = RestliClient().get(resource_path="/userinfo", access_token=given["access_token"]).entity
    return {"uid": member["sub"], "name": member["name"], "avatar_url": member["picture"]}


def pages(given: Given) -> Values:
    """The organisations that the member administers, each with its name and its followers."""
    listed = RestliClient().finder(
        resource_path="/organizationAcls",
        finder_name="roleAssignee",
        query_params={"role": "ADMINISTRATOR", "state": "APPROVED", "start": 0, "count": 100},
        access_token=given["access_token"],
        version_string=given["api_version"],
    )
    numbers = [element["organization"].rpartition(":")[2] for element in listed.elements]
    return {"pages": {number: organisation(number, given) for number in numbers}}


def organisation(number: str, given: Given) -> list[Any]:
    asking = {"access_token": given["access_token"], "version_string": given["api_version"]}
    client = RestliClient()
    about_it = client.get(resource_path="/organizations/{id}", path_keys={"id": number}, **asking).entity
    urn = {"urn": f"urn:li:organization:{number}"}
    size = client.get(
        resource_path="/networkSizes/{urn}",
        path_keys=urn,
        query_params={"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"},
        **asking,
    )
    return [about_it["localizedName"], size.entity["firstDegreeSize"]]


def refused(given: Given) -> Values:
    try:
        answer = RestliClient().get(resource_path="/userinfo", access_token=given["access_token"])
    except ResponseFormattingError:
        return {"raised": "ResponseFormattingError, without a status"}
    told = answer.entity
    return {"status": answer.status_code, "code": told.get("code"), "raised": "nothing: the error as an entity"}


serve(
    ["linkedin-api-client"],
    {
        "authorize": authorize,
        "exchange": exchange,
        "refresh": refresh,
        "spent grant": spent_grant,
        "prove": prove,
        "profile": profile,
        "pages": pages,
        **dict.fromkeys(REFUSALS, refused),
    },
)
