import base64
import hashlib

from connect.network_table import Network
from social_auth.providers.youtube import sandbox_data as data
from social_auth.providers.youtube import sandbox_identity as identity
from social_auth.providers.youtube.sandbox_data import LITTLE, SCOPES, error
from social_auth.sandbox.id_tokens import id_token
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

YOUTUBE = Network.YOUTUBE
HOSTS = (
    "oauth2.googleapis.com",
    "youtube.googleapis.com",
    "www.googleapis.com",
    "accounts.google.com",
    "openidconnect.googleapis.com",
)
TOKEN_PATHS = ("/token", "/oauth2/v4/token", "/o/oauth2/token")
REVOKE_PATHS = ("/revoke", "/o/oauth2/revoke")
DATA = "/youtube/v3/"
WRONG = {
    "wrong_verifier": ("invalid_grant", "Invalid code verifier."),
    "wrong_redirect": ("redirect_uri_mismatch", "Bad Request"),
    "deleted_client": ("deleted_client", "The OAuth client was deleted."),
    "invalid_client": ("invalid_client", "Unauthorized"),
    "unsupported_grant_type": ("unsupported_grant_type", "Invalid grant_type"),
}


def rate_limited() -> Reply:
    return error(403, "rateLimitExceeded", "Too many requests.", "RESOURCE_EXHAUSTED")


def out_of_credit() -> Reply:
    return error(403, "quotaExceeded", "The request cannot be completed: you have exceeded your quota.", "FORBIDDEN")


def handle(call: Call) -> Reply:
    resource = call.path.removeprefix(DATA)
    if call.method == "GET" and call.path.startswith(DATA) and resource in data.PARTS:
        return data.answer(call, resource)
    if call.method == "POST" and call.path in TOKEN_PATHS:
        return token_endpoint(call)
    if call.path in REVOKE_PATHS:
        return revoke(call)
    return identity.answer(call) or error(404, "notFound", "Not Found", "NOT_FOUND")


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, YOUTUBE, rotating=False)
    if isinstance(granted, str):
        word, text = WRONG.get(granted, (granted, "Token has been expired or revoked."))
        return Reply(401 if word.endswith("_client") else 400, {"error": word, "error_description": text})
    access, refresh = granted
    scopes = access.scopes(SCOPES, LITTLE)
    body = {"access_token": str(access), "expires_in": identity.LIFE - 1, "token_type": "Bearer"}
    body |= {"scope": " ".join(scopes)} | ({"id_token": signed(access)} if "openid" in scopes else {})
    grant = refresh or call.param_token(YOUTUBE, "refresh_token")
    if grant and grant.seconds_left is not None:
        body["refresh_token_expires_in"] = grant.seconds_left
    return Reply(200, body | ({"refresh_token": str(refresh)} if refresh else {}))


def signed(access: Token) -> str:
    """The id_token beside an access token: bound to it, with the request's nonce and the claims the scopes allow."""
    half = hashlib.sha256(str(access).encode()).digest()[:16]
    claims = {"email": None, "email_verified": None, "name": None} | identity.claims_of(access)
    at_hash = base64.urlsafe_b64encode(half).decode().rstrip("=")
    return id_token(access, **claims, nonce=access.asked_nonce or None, at_hash=at_hash)


def revoke(call: Call) -> Reply:
    token = call.param_token(YOUTUBE, "token")
    if token is None or token.dead:
        return Reply(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
    token.revoke()
    return Reply(200, {})
