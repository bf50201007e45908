import re
from collections.abc import Callable
from functools import partial

from connect.network_table import Network
from social_auth.sandbox.accounts import Asset
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

LINKEDIN = Network.LINKEDIN
HOSTS = ("www.linkedin.com", "api.linkedin.com")
LIFE = 5_184_000
SCOPES = ("openid", "profile", "email", "rw_organization_admin")
ADMINISTER = {"r_organization_admin", "rw_organization_admin"}


MISMATCH = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or "
    "authorization code expired."
)
WRONG = {
    "wrong_verifier": ("invalid_request", MISMATCH),
    "wrong_redirect": ("invalid_request", MISMATCH),
    "deleted_client": ("invalid_client", "Client authentication failed"),
}


def error(status: int, service_code: int, code: str, message: str) -> Reply:
    return Reply(status, {"status": status, "serviceErrorCode": service_code, "code": code, "message": message})


def rate_limited() -> Reply:
    text = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
    return error(429, 101, "TOO_MANY_REQUESTS", text)


def handle(call: Call) -> Reply:
    match call.method, call.path:
        case "POST", "/oauth/v2/introspectToken":
            return introspect(call)
        case "POST", "/oauth/v2/revoke":
            return revoke(call)
        case "POST", "/oauth/v2/accessToken":
            return token_endpoint(call)
        case "GET", "/v2/userinfo":
            return with_token(call, userinfo)
        case "GET", "/rest/organizationAcls":
            return with_token(call, partial(organisations, call=call))
    if found := re.fullmatch(r"/rest/organizations/(\d+)", call.path):
        return with_token(call, partial(organisation, number=found[1]))
    if found := re.fullmatch(r"/rest/networkSizes/urn(?::|%3A)li(?::|%3A)organization(?::|%3A)(\d+)", call.path):
        return with_token(call, partial(organisation_size, number=found[1]))
    return error(404, 0, "NOT_FOUND", "No such resource")


def introspect(call: Call) -> Reply:
    if not call.client_known(LINKEDIN):
        return Reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    token = call.param_token(LINKEDIN, "token")
    if token is None:
        return Reply(200, {"active": False})
    body = {"client_id": token.audience, "status": token.state if token.dead else "active", "auth_type": "3L"}
    times = {"created_at": int(token.minted), "expires_at": int(token.minted) + LIFE}
    scope = ",".join(token.scopes(SCOPES, "email"))
    return Reply(200, {"active": not token.dead, "scope": scope, **body, **times})


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, LINKEDIN, rotating=False)
    if isinstance(granted, str):
        word, text = WRONG.get(granted, (granted, granted))
        return Reply(401 if word == "invalid_client" else 400, {"error": word, "error_description": text})
    access, refresh = granted
    refresh = refresh or call.param_token(LINKEDIN, "refresh_token")  # told again with each renewal, with what is left
    body = {"access_token": str(access), "expires_in": LIFE, "refresh_token": str(refresh)}
    body |= {"scope": ",".join(access.scopes(SCOPES, "email"))}
    return Reply(200, body | {"refresh_token_expires_in": refresh.seconds_left if refresh else 0})


def _may(call: Call, scopes: set[str]) -> bool:
    return bool(ADMINISTER & scopes) if call.path.startswith("/rest/") else {"openid", "profile"} <= scopes


def with_token(call: Call, answer: Callable[[Token], Reply]) -> Reply:
    token = call.bearer(LINKEDIN)
    if token is None:
        return error(401, 65600, "INVALID_ACCESS_TOKEN", "Invalid access token")
    if token.dead:
        return error(401, 65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user")
    if not _may(call, set(token.scopes(SCOPES, "email"))):
        return error(403, 100, "ACCESS_DENIED", f"Not enough permissions to access: {call.method} {call.path}")
    if token.condition in ("deleted", "suspended"):
        return error(404, 0, "NOT_FOUND", "Could not find the member")
    if call.path.startswith("/rest/") and not re.fullmatch(r"20\d{4}", call.headers.get("linkedin-version", "")):
        return error(426, 0, "NONEXISTENT_VERSION", "Requested version is not active")
    return answer(token)


def organisations(token: Token, call: Call) -> Reply:
    elements = [
        {
            "roleAssignee": f"urn:li:person:{token.holder.uid(token.app)}",
            "state": "APPROVED",
            "role": "ADMINISTRATOR",
            "organization": f"urn:li:organization:{asset.number}",
        }
        for asset in token.holder.assets()
    ]
    start, count = int(call.params.get("start") or 0), int(call.params.get("count") or 10)
    page = elements[start : start + count]
    return Reply(200, {"elements": page, "paging": {"count": count, "start": start, "links": []}})


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
    account = token.holder
    first, _, last = account.display_name.partition(" ")
    names = {"name": account.display_name, "given_name": first, "family_name": last}
    email = {"email": f"{account.name}@creators.test", "email_verified": True}
    picture = f"https://media.licdn.test/{account.name}.jpg"
    locale = {"country": "US", "language": "en"}
    told = names | (email if "email" in token.scopes(SCOPES, "email") else {})
    return Reply(200, {"sub": account.uid(token.app), **told, "picture": picture, "locale": locale})


def revoke(call: Call) -> Reply:
    if not call.client_known(LINKEDIN):
        return Reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    token = call.param_token(LINKEDIN, "token")
    if token:
        token.revoke()
    return Reply(200)
