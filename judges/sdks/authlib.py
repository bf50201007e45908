"""Authlib, which knows no provider, obtains, renews, inspects and revokes as RFC 6749, 7009 and 7662 have it."""

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import read_grant

TOKEN = {
    "youtube": "https://oauth2.googleapis.com/token",
    "twitter": "https://api.x.com/2/oauth2/token",
    "linkedin": "https://www.linkedin.com/oauth/v2/accessToken",
    "pinterest": "https://api.pinterest.com/v5/oauth/token",
    "facebook": "https://graph.facebook.com/oauth/access_token",
    "instagram": "https://api.instagram.com/oauth/access_token",
}
AUTHORIZE = {
    "youtube": "https://accounts.google.com/o/oauth2/v2/auth",
    "twitter": "https://x.com/i/oauth2/authorize",
    "linkedin": "https://www.linkedin.com/oauth/v2/authorization",
    "pinterest": "https://www.pinterest.com/oauth/",
    "facebook": "https://www.facebook.com/dialog/oauth",
    "instagram": "https://www.instagram.com/oauth/authorize",
}
REVOKE = {
    "youtube": "https://oauth2.googleapis.com/revoke",
    "twitter": "https://api.x.com/2/oauth2/revoke",
    "linkedin": "https://www.linkedin.com/oauth/v2/revoke",
}
SCOPES_BETWEEN = {"pinterest": ",", "facebook": ",", "instagram": ","}
"""It writes a list with spaces in between, as RFC 6749 has it; these want commas."""
PKCE = ("youtube", "twitter", "pinterest", "facebook", "instagram")
STYLE = {"twitter": "client_secret_basic", "pinterest": "client_secret_basic"}


def session(given: Given) -> OAuth2Session:
    style = STYLE.get(given["network"], "client_secret_post")
    return OAuth2Session(
        given["client_id"],
        given["client_secret"],
        token_endpoint_auth_method=style,
        revocation_endpoint_auth_method=style,
        redirect_uri=given["redirect_uri"],
        code_challenge_method="S256",
    )


def authorize(given: Given) -> Values:
    scope = SCOPES_BETWEEN.get(given["network"], " ").join(given["scopes"])
    asking = {"state": given["state"], "scope": scope}
    asking |= {"code_verifier": generate_token(64)} if given["network"] in PKCE else {}
    return {"url": session(given).create_authorization_url(AUTHORIZE[given["network"]], **asking)[0]}


def separator(given: Given) -> str:
    return "," if given["network"] == "linkedin" else " "


def exchange(given: Given) -> Values:
    verifier = {"code_verifier": given["code_verifier"]} if given.get("code_verifier") else {}
    return _read(given, session(given).fetch_token(TOKEN[given["network"]], code=given["code"], **verifier))


def refresh(given: Given) -> Values:
    return _read(given, session(given).refresh_token(TOKEN[given["network"]], refresh_token=given["refresh_token"]))


def _read(given: Given, token: dict[str, object]) -> Values:
    if "access_token" not in token:
        return {"code": str(token.get("code", "")), "raised": f"nothing: a token of {sorted(token)}"}
    return read_grant(token, separator=separator(given))


def spent_grant(given: Given) -> Values:
    try:
        return refresh(given)
    except OAuthError as error:
        return {"code": error.error, "text": error.description, "raised": type(error).__name__}


def revoke(given: Given) -> Values:
    answer: requests.Response = session(given).revoke_token(REVOKE[given["network"]], token=given["token"])
    return {"answer": answer.status_code}


serve(
    ["authlib"],
    {"authorize": authorize, "exchange": exchange, "refresh": refresh, "spent grant": spent_grant, "revoke": revoke},
)
