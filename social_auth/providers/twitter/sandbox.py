from connect.network_table import Network
from social_auth.providers.twitter import sandbox_data as data
from social_auth.providers.twitter.sandbox_data import LITTLE, SCOPES, limits
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.wire import BASIC, Call, Reply

TWITTER = Network.TWITTER
HOSTS = ("api.x.com", "api.twitter.com", "x.com", "twitter.com")
NO_CLIENT = Reply(401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"})
"""The answer to a confidential client without Basic."""


WRONG = {
    "invalid_grant": "Value passed for the token was invalid.",
    "wrong_verifier": "Value passed for the code verifier did not match the code challenge.",
    "wrong_redirect": "Value passed for the redirect uri did not match the uri of the authorization code.",
}


def rate_limited() -> Reply:
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    return Reply(429, body, limits(0))


def handle(call: Call) -> Reply:
    match call.method, [part for part in call.path.split("/") if part]:
        case "POST", ["2", "oauth2", "token"]:
            return token_endpoint(call)
        case "POST", ["2", "oauth2", "revoke"]:
            return revoke(call)
        case "GET", ["2", "users", "me"]:
            return data.me(call)
        case "GET", ["2", "users", *rest]:
            return look_up_users(call, rest)
    return not_found()


def not_found() -> Reply:
    return Reply(404, {"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"})


def look_up_users(call: Call, path: list[str]) -> Reply:
    match path:
        case []:
            return data.users(call, "ids", call.params.get("ids", "").split(","))
        case ["by"]:
            return data.users(call, "usernames", call.params.get("usernames", "").split(","))
        case ["by", "username", name]:
            return data.users(call, "username", [name], single=True)
        case [number]:
            return data.users(call, "id", [number], single=True)
    return not_found()


def out_of_credit() -> Reply:
    detail = "Your enrolled account does not have any credits to fulfill this request."
    kind = "https://api.twitter.com/2/problems/credits"
    return Reply(402, {"title": "CreditsDepleted", "detail": detail, "type": kind})


def invalid_request(text: str) -> Reply:
    return Reply(400, {"error": "invalid_request", "error_description": text}, limits(74))


def token_endpoint(call: Call) -> Reply:
    if call.params.get("grant_type") == "authorization_code" and "code_verifier" not in call.params:
        return invalid_request("Missing required parameter [code_verifier].")
    granted = redeem(call, TWITTER, rotating=True, style=BASIC)
    if granted in WRONG:  # X says invalid_request where others say invalid_grant
        return invalid_request(WRONG[granted])
    if granted == "unsupported_grant_type":
        return Reply(400, {"error": granted, "error_description": "Invalid grant_type."}, limits(74))
    if isinstance(granted, str):
        return NO_CLIENT
    access, refresh = granted
    body = {"token_type": "bearer", "expires_in": 7200, "access_token": str(access)}
    body |= {"scope": " ".join(access.scopes(SCOPES, LITTLE))}
    return Reply(200, body | ({"refresh_token": str(refresh)} if refresh else {}))


def revoke(call: Call) -> Reply:
    if not call.client_known(TWITTER, style=BASIC):
        return NO_CLIENT
    token = call.param_token(TWITTER, "token")
    if token:
        token.end()  # this token alone: tokens of other sign-ins stay valid
    return Reply(200, {"revoked": True})
