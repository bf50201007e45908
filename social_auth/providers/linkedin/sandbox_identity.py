"""LinkedIn as an OpenID provider: discovery, keys and id_tokens."""

from typing import Any

from connect.network_table import Network
from social_auth.providers.linkedin.sandbox_data import LITTLE, SCOPES, claims_of
from social_auth.sandbox.id_tokens import id_token, public_key
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

LINKEDIN = Network.LINKEDIN
ISSUER = "https://www.linkedin.com/oauth"
DISCOVERY: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/v2/authorization",
    "token_endpoint": f"{ISSUER}/v2/accessToken",
    "userinfo_endpoint": "https://api.linkedin.com/v2/userinfo",
    "jwks_uri": f"{ISSUER}/openid/jwks",
    "response_types_supported": ["code"],
    "subject_types_supported": ["pairwise"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "scopes_supported": ["openid", "profile", "email"],
}


def answer(call: Call) -> Reply | None:
    """The answer to a call about identity; None if it is about something else."""
    match call.method, call.path:
        case "GET", "/oauth/.well-known/openid-configuration":
            return Reply(200, DISCOVERY)
        case "GET", "/oauth/openid/jwks":
            return Reply(200, {"keys": [public_key()]})
    return None


def signed(access: Token) -> dict[str, str]:
    """The id_token beside an access token with the scope openid, with the request's nonce."""
    if "openid" not in access.scopes(SCOPES, LITTLE):
        return {}
    claims = {"email": None, "email_verified": None, "name": None} | claims_of(access)
    return {"id_token": id_token(access, **claims, iss=ISSUER, azp=None, nonce=access.asked_nonce or None)}
