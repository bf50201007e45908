"""Google as an OpenID provider: discovery, keys, tokeninfo and userinfo."""

from collections.abc import Callable
from typing import Any

import jwt

from connect.network_table import Network
from social_auth.providers.youtube.sandbox_data import API, LITTLE, SCOPES
from social_auth.sandbox.id_tokens import ISSUER, certificate, private_key, public_key
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

YOUTUBE = Network.YOUTUBE
LIFE = 3600
EMAIL = {"email", f"{API}userinfo.email"}
PROFILE = {"profile", f"{API}userinfo.profile"}
INVALID = Reply(400, {"error": "invalid_token", "error_description": "Invalid Value"})
NO_CREDENTIALS = Reply(401, {"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED"}})
DISCOVERY = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
    "token_endpoint": "https://oauth2.googleapis.com/token",
    "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
    "revocation_endpoint": "https://oauth2.googleapis.com/revoke",
    "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    "response_types_supported": ["code", "token", "id_token", "code token", "code id_token", "none"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "scopes_supported": ["openid", "email", "profile"],
    "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    "code_challenge_methods_supported": ["plain", "S256"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "authorization_response_iss_parameter_supported": True,
}
KEYS_KEPT = {"Cache-Control": "public, max-age=20000"}


def answer(call: Call) -> Reply | None:
    """The answer to a call about identity; None if it is about something else."""
    calls: dict[str, Callable[[Call], Reply]] = {
        "/tokeninfo": tokeninfo,
        "/oauth2/v3/tokeninfo": tokeninfo,
        "/oauth2/v2/tokeninfo": old_tokeninfo,
        "/oauth2/v2/userinfo": lambda call: userinfo(call, "id"),
        "/oauth2/v3/userinfo": lambda call: userinfo(call, "sub"),
        "/v1/userinfo": lambda call: userinfo(call, "sub"),
        "/oauth2/v3/certs": lambda call: Reply(200, {"keys": [public_key()]}, KEYS_KEPT),
        "/oauth2/v1/certs": lambda call: Reply(200, certificate(), KEYS_KEPT),
        "/.well-known/openid-configuration": lambda call: Reply(200, DISCOVERY),
    }
    return calls[call.path](call) if call.path in calls else None


def scopes(token: Token) -> set[str]:
    return set(token.scopes(SCOPES, LITTLE))


def _token(call: Call) -> Token | None:
    """The valid token in the parameters, else in the header."""
    token = call.param_token(YOUTUBE) or call.bearer(YOUTUBE)
    return None if token is None or token.dead else token


def tokeninfo(call: Call) -> Reply:
    if text := call.params.get("id_token"):
        return id_tokeninfo(text)
    token = _token(call)
    if token is None:
        return INVALID
    body = {
        "azp": token.audience,
        "aud": token.audience,
        "scope": " ".join(token.scopes(SCOPES, LITTLE)),
        "exp": str(int(token.minted) + LIFE),
        "expires_in": str(LIFE),
        "access_type": "online" if token.online else "offline",
    }
    body |= {"sub": token.holder.uid(token.app)} if "openid" in scopes(token) else {}
    return Reply(200, body | ({"email": email(token), "email_verified": "true"} if EMAIL & scopes(token) else {}))


def id_tokeninfo(text: str) -> Reply:
    """The claims of an id_token, each as text, if it is signed by us and not expired."""
    try:
        claims = jwt.decode(text, private_key().public_key(), algorithms=["RS256"], options={"verify_aud": False})
    except jwt.InvalidTokenError:
        return INVALID
    return Reply(200, {name: str(value).lower() if value is True else str(value) for name, value in claims.items()})


def old_tokeninfo(call: Call) -> Reply:
    """Version 2, which has other names, and numbers instead of texts."""
    token = _token(call)
    if token is None:
        return INVALID
    body: dict[str, Any] = {"issued_to": token.audience, "audience": token.audience, "expires_in": LIFE}
    body |= {"scope": " ".join(token.scopes(SCOPES, LITTLE)), "access_type": "online" if token.online else "offline"}
    body |= {"user_id": token.holder.uid(token.app)} if "openid" in scopes(token) else {}
    return Reply(200, body | ({"email": email(token), "verified_email": True} if EMAIL & scopes(token) else {}))


def userinfo(call: Call, id_name: str) -> Reply:
    token = _token(call)
    if token is None or not {"openid", *EMAIL, *PROFILE} & scopes(token):
        return NO_CREDENTIALS
    verified = "verified_email" if id_name == "id" else "email_verified"
    return Reply(200, {id_name: token.holder.uid(token.app)} | claims_of(token, verified))


def claims_of(token: Token, verified: str = "email_verified") -> dict[str, Any]:
    """The person's claims that the scopes allow, in userinfo and in an id_token."""
    first, _, last = token.holder.display_name.partition(" ")
    names = {"name": token.holder.display_name, "given_name": first, "family_name": last}
    picture = {"picture": f"https://lh3.test/{token.account}.jpg"}
    mail: dict[str, Any] = {"email": email(token), verified: True} if EMAIL & scopes(token) else {}
    return mail | (names | picture if PROFILE & scopes(token) else {})


def email(token: Token) -> str:
    return f"{token.account}@creators.test"
