"""LinkedIn's member and the organisations that they administer, under a supported version."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from connect.network_table import Network
from social_auth.sandbox.accounts import Asset
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.versions import is_retired
from social_auth.sandbox.wire import Call, Reply

LINKEDIN = Network.LINKEDIN
SCOPES = ("openid", "profile", "email", "rw_organization_admin")
LITTLE = "email"
ADMINISTER = {"r_organization_admin", "rw_organization_admin"}
ANALYTICS = {"r_member_profileAnalytics"}
SERVED_VERSIONS = tuple(f"2026{month:02}" for month in range(1, 12))
"""On 2026-12-01. A version is served for about a year; there was no 202512."""
NO_VERSION = Reply(
    400,
    {
        "status": 400,
        "code": "VERSION_MISSING",
        "message": "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
    },
)
URN = r"urn(?::|%3A)li(?::|%3A)organization(?::|%3A)(\d+)"
FOLLOWED = "COMPANY_FOLLOWED_BY_MEMBER"


def error(status: int, service_code: int, code: str, message: str) -> Reply:
    return Reply(status, {"status": status, "serviceErrorCode": service_code, "code": code, "message": message})


def answer(call: Call) -> Reply:
    """The answer to a call with a member's token."""
    if call.method == "GET" and call.path == "/v2/userinfo":
        return with_token(call, {"openid"}, userinfo)
    if call.path.startswith("/v2/"):  # the rest of v2 belongs to products that our app does not have
        return with_token(call, set(), lambda token: not_granted(call))
    if not call.path.startswith("/rest/"):
        return not_found()
    return wrong_version(call) or versioned(call)


def versioned(call: Call) -> Reply:
    if call.path == "/rest/organizationAcls":
        return with_token(call, ADMINISTER, partial(organisations, call=call))
    if call.path == "/rest/memberFollowersCount":
        return with_token(call, ANALYTICS, member_followers)
    if match := re.fullmatch(r"/rest/organizations/(\d+)", call.path):
        return with_token(call, ADMINISTER, partial(organisation, number=match[1]))
    if match := re.fullmatch(rf"/rest/networkSizes/{URN}", call.path):
        sized = with_token(call, ADMINISTER, partial(organisation_size, number=match[1]))
        return sized if call.params.get("edgeType") == FOLLOWED else wrong_edge(call)
    return not_found()


def wrong_version(call: Call) -> Reply | None:
    """The refusal of a call without a version, or with one that is not served; it comes before all other checks."""
    version = call.headers.get("linkedin-version", "")
    if not version:
        return NO_VERSION
    if version in SERVED_VERSIONS and not is_retired(LINKEDIN, version):
        return None
    return nonexistent(version)


def nonexistent(version: str) -> Reply:
    text = f"Requested version {version}01 is not active"
    return Reply(426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": text})


def wrong_edge(call: Call) -> Reply:
    text = f"Invalid value {call.params.get('edgeType', '')!r} for parameter edgeType"
    return Reply(400, {"status": 400, "code": "ILLEGAL_ARGUMENT", "message": text})


def not_found() -> Reply:
    return error(404, 0, "NOT_FOUND", "No such resource")


def not_granted(call: Call) -> Reply:
    resource = re.sub(r"^/(?:v2|rest)", "", call.path)
    return error(403, 100, "ACCESS_DENIED", f"Not enough permissions to access: {call.method} {resource}")


def with_token(call: Call, needed: set[str], answer: Callable[[Token], Reply]) -> Reply:
    """The answer if the token is valid, has one of the needed scopes and its member exists; else the refusal."""
    token = call.bearer(LINKEDIN)
    if token is None:
        return error(401, 65600, "INVALID_ACCESS_TOKEN", "Invalid access token")
    if token.dead:
        return error(401, 65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user")
    if needed and not needed & set(token.scopes(SCOPES, LITTLE)):
        return not_granted(call)
    if token.condition in ("deleted", "suspended"):
        return error(404, 0, "NOT_FOUND", "Could not find the member")
    return answer(token)


def organisations(token: Token, call: Call) -> Reply:
    """The roles of the member, `count` at a time. The sandbox has no role but administrator."""
    role = {"role": "ADMINISTRATOR", "state": "APPROVED"}
    elements = [
        {
            "roleAssignee": f"urn:li:person:{token.holder.uid(token.app)}",
            "organization": f"urn:li:organization:{asset.number}",
            **role,
        }
        for asset in token.holder.assets()
        if all(call.params.get(name, value) == value for name, value in role.items())
    ]
    start, count = int(call.params.get("start") or 0), int(call.params.get("count") or 10)
    return collection(elements[start : start + count], start, count)


def collection(elements: list[Any], start: int = 0, count: int = 10) -> Reply:
    return Reply(200, {"elements": elements, "paging": {"count": count, "start": start, "links": []}})


def member_followers(token: Token) -> Reply:
    return collection([{"memberFollowersCount": token.holder.followers}])


def organisation(token: Token, number: str) -> Reply:
    asset = _administered(token, number)
    if asset is None:
        return error(403, 100, "ACCESS_DENIED", "Not an administrator of the organization")
    return Reply(200, {"id": int(number), "localizedName": asset.title, "vanityName": asset.slug})


def organisation_size(token: Token, number: str) -> Reply:
    asset = _administered(token, number)
    if asset is None:
        return error(403, 100, "ACCESS_DENIED", "Not an administrator of the organization")
    return Reply(200, {"firstDegreeSize": asset.followers})


def _administered(token: Token, number: str) -> Asset | None:
    return next((asset for asset in token.holder.assets() if asset.number == number), None)


def userinfo(token: Token) -> Reply:
    return Reply(200, claims_of(token))


def claims_of(token: Token) -> dict[str, Any]:
    """The member's claims that the scopes allow, in userinfo and in an id_token."""
    account, granted = token.holder, token.scopes(SCOPES, LITTLE)
    first, _, last = account.display_name.partition(" ")
    claims: dict[str, Any] = {"sub": account.uid(token.app)}
    if "profile" in granted:
        claims |= {"name": account.display_name, "given_name": first, "family_name": last}
        claims |= {"picture": f"https://media.licdn.test/{account.name}.jpg"}
        claims |= {"locale": {"country": "US", "language": "en"}}
    claims |= {"email": f"{account.name}@creators.test", "email_verified": True} if "email" in granted else {}
    return claims
