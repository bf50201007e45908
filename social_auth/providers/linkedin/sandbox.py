from connect.network_table import Network
from social_auth.providers.linkedin import sandbox_data as data
from social_auth.providers.linkedin import sandbox_identity as identity
from social_auth.providers.linkedin.sandbox_data import LITTLE, SCOPES, error
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.wire import IN_FORM, Call, Reply

LINKEDIN = Network.LINKEDIN
HOSTS = ("www.linkedin.com", "api.linkedin.com")
LIFE = 5_184_000
MISMATCH = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or "
    "authorization code expired."
)
WRONG = {
    "wrong_verifier": ("invalid_request", MISMATCH),
    "wrong_redirect": ("invalid_request", MISMATCH),
    "deleted_client": ("invalid_client", "Client authentication failed"),
    "invalid_client": ("invalid_client", "Client authentication failed"),
}
CLIENT_REFUSED = Reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
NEEDED = {"authorization_code": ("code", "redirect_uri"), "refresh_token": ("refresh_token",)}
"""The parameters that each grant needs beside our id and secret."""


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
    return identity.answer(call) or data.answer(call)


def is_ours(call: Call) -> bool:
    """Whether our id and secret are in the form: LinkedIn does not read Basic."""
    return call.client_known(LINKEDIN, style=IN_FORM)


def introspect(call: Call) -> Reply:
    if not is_ours(call):
        return CLIENT_REFUSED
    token = call.param_token(LINKEDIN, "token")
    if token is None:
        return Reply(200, {"active": False})
    body = {"client_id": token.audience, "status": token.state if token.dead else "active", "auth_type": "3L"}
    times = {"created_at": int(token.minted), "expires_at": int(token.minted) + LIFE}
    times |= {"authorized_at": int(token.signed_in)}
    scope = ",".join(token.scopes(SCOPES, LITTLE))
    return Reply(200, {"active": not token.dead, "scope": scope, **body, **times})


def token_endpoint(call: Call) -> Reply:
    needed = ("grant_type", "client_id", "client_secret", *NEEDED.get(call.params.get("grant_type", ""), ()))
    if missing := [name for name in needed if not call.params.get(name)]:
        return refused("invalid_request", f'A required parameter "{missing[0]}" is missing')
    granted = redeem(call, LINKEDIN, rotating=False, style=IN_FORM)
    if isinstance(granted, str):
        return refused(*WRONG.get(granted, (granted, granted)))
    access, refresh = granted
    refresh = refresh or call.param_token(LINKEDIN, "refresh_token")  # each renewal repeats it, with its remaining life
    body = {"access_token": str(access), "expires_in": LIFE, "refresh_token": str(refresh), "token_type": "Bearer"}
    body |= {"scope": ",".join(access.scopes(SCOPES, LITTLE))} | identity.signed(access)
    return Reply(200, body | {"refresh_token_expires_in": refresh.seconds_left if refresh else 0})


def refused(word: str, text: str) -> Reply:
    return Reply(401 if word == "invalid_client" else 400, {"error": word, "error_description": text})


def revoke(call: Call) -> Reply:
    if not is_ours(call):
        return CLIENT_REFUSED
    token = call.param_token(LINKEDIN, "token")
    if token:
        token.revoke()
    return Reply(200)
