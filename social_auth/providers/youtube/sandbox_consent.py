import re

from connect.network_table import Network
from social_auth.sandbox.dialog import Dialog, Params
from social_auth.sandbox.id_tokens import ISSUER

API = "https://www.googleapis.com/auth/"
BLOCKED = "Access blocked: Authorization Error. "
INVALID = f"{BLOCKED}Error 400: invalid_request. "


def approved(params: Params, granted: list[str]) -> dict[str, str]:
    """The scopes, and the issuer (RFC 9207): an app that talks to several tells by it who answers."""
    return {"iss": ISSUER, "scope": " ".join(granted), "authuser": "0", "prompt": "consent"}


def is_online(params: Params, granted: list[str]) -> bool:
    return params.get("access_type") != "offline"


DIALOG = Dialog(
    network=Network.YOUTUBE,
    label="Google",
    host="accounts.google.com",
    path=re.compile(r"/o/oauth2/(?:v2/)?auth"),
    scopes={
        "openid": "who you are on Google",
        "email": "your email address",
        "profile": "your name and picture",
        f"{API}userinfo.email": "your email address",
        f"{API}userinfo.profile": "your name and picture",
        f"{API}youtube.readonly": "view your YouTube account",
        f"{API}youtube": "manage your YouTube account",
        f"{API}youtube.force-ssl": "see, edit and delete your YouTube videos and comments",
        f"{API}youtube.upload": "manage your YouTube videos",
        f"{API}yt-analytics.readonly": "view YouTube Analytics reports",
    },
    always=("openid", "email", "profile", f"{API}userinfo.email", f"{API}userinfo.profile"),
    methods=("plain", "S256"),
    messages={
        "client": f"{BLOCKED}The OAuth client was not found. Error 401: invalid_client",
        "no_redirect": f"{INVALID}Missing required parameter: redirect_uri",
        "redirect": f"{BLOCKED}Error 400: redirect_uri_mismatch. {{}}",
        "response_type": f"{INVALID}Invalid response_type: {{}}",
        "no_scope": f"{INVALID}Missing required parameter: scope",
        "scope": f"{BLOCKED}Error 400: invalid_scope. Some requested scopes were invalid. {{{{invalid=[{{}}]}}}}",
        "state": f"{INVALID}Invalid state",
        "pkce": f"{INVALID}Invalid code_challenge or code_challenge_method: {{}}",
    },
    denied={"error": "access_denied"},
    approved=approved,
    is_online=is_online,
)
