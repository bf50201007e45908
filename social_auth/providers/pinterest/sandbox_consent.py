import re

from connect.network_table import Network
from social_auth.sandbox.dialog import Dialog

READ_AND_WRITE = {"ads": "advertising", "catalogs": "catalogs", "boards": "boards", "pins": "Pins"}
DIALOG = Dialog(
    network=Network.PINTEREST,
    label="Pinterest",
    host="www.pinterest.com",
    path=re.compile(r"/oauth/?"),
    separator=",",
    scopes={
        "user_accounts:read": "see your profile and your counts",
        "user_accounts:write": "change your profile",
        **{f"{name}:read": f"see your public {about}" for name, about in READ_AND_WRITE.items()},
        **{f"{name}:write": f"change your {about}" for name, about in READ_AND_WRITE.items()},
        "boards:read_secret": "see your secret boards",
        "boards:write_secret": "change your secret boards",
        "pins:read_secret": "see your secret Pins",
        "pins:write_secret": "change your secret Pins",
        "biz_access:read": "see the members and partners of your business",
        "biz_access:write": "change the members and partners of your business",
        "billing:read": "see your billing data",
    },
    all_or_nothing=True,
    messages={
        "client": "Invalid client_id: {}",
        "no_redirect": "Missing redirect_uri",
        "redirect": "The provided redirect_uri {} does not match any of the registered redirect URIs.",
        "response_type": "Invalid response_type: {}",
        "no_scope": "Missing scope",
        "scope": "Invalid scope: {}",
        "state": "Invalid state",
        "pkce": "Invalid code_challenge",
    },
    denied={"error": "access_denied", "error_description": "The resource owner denied the request"},
)
