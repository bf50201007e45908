import re

from connect.network_table import Network
from social_auth.sandbox.dialog import Dialog

INVALID = "Invalid Request: Request parameters are invalid: "
DIALOG = Dialog(
    network=Network.INSTAGRAM,
    label="Instagram",
    host="www.instagram.com",
    path=re.compile(r"/oauth/authorize/?"),
    separator=", ",
    scopes={
        "instagram_business_basic": "your profile and media",
        "instagram_business_manage_insights": "the statistics of your account and media",
        "instagram_business_manage_comments": "the comments on your media",
        "instagram_business_manage_messages": "your messages",
        "instagram_business_content_publish": "publishing for you",
    },
    always=("instagram_business_basic",),
    messages={
        "client": f"{INVALID}Invalid platform app",
        "no_redirect": f"{INVALID}Invalid redirect_uri",
        "redirect": f"{INVALID}Invalid redirect_uri",
        "response_type": f"{INVALID}Response type must be code",
        "no_scope": f"{INVALID}Invalid scope: []",
        "scope": f"{INVALID}Invalid scope: ['{{}}']",
        "state": f"{INVALID}Invalid state",
        "pkce": f"{INVALID}Invalid code_challenge",
    },
    denied={
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "The user denied your request",
    },
    fragment="_",
)
