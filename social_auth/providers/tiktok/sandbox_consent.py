import re

from connect.network_table import Network
from social_auth.sandbox.dialog import Dialog, Params

WRONG = (
    "Something went wrong. We couldn't log in with TikTok. This may be due to specific app settings. "
    "If you're a developer, correct the following and try again: "
)


def approved(params: Params, granted: list[str]) -> dict[str, str]:
    """What was granted is told at once, and in a word of TikTok's own."""
    return {"scopes": ",".join(granted)}


DIALOG = Dialog(
    network=Network.TIKTOK,
    label="TikTok",
    host="www.tiktok.com",
    path=re.compile(r"/v2/auth/authorize/?"),
    separator=",",
    client_name="client_key",
    scopes={
        "user.info.basic": "your avatar and display name",
        "user.info.profile": "your username, bio, profile links and whether you are verified",
        "user.info.stats": "your counts of likes, followers, following and videos",
        "video.list": "your public videos",
        "video.upload": "uploading drafts for you",
        "video.publish": "posting for you",
    },
    always=("user.info.basic",),
    methods=("hex",),
    needs_challenge=lambda redirect_uri: not redirect_uri.startswith("https:"),  # of a desktop or mobile app
    messages={
        "client": f"{WRONG}client_key",
        "no_redirect": f"{WRONG}redirect_uri",
        "redirect": f"{WRONG}redirect_uri",
        "response_type": f"{WRONG}response_type",
        "no_scope": f"{WRONG}scope",
        "scope": f"{WRONG}scope",
        "state": f"{WRONG}state",
        "pkce": f"{WRONG}code_challenge",
    },
    denied={
        "error": "access_denied",
        "error_type": "access_denied",
        "error_description": "User cancelled the authorization",
    },
    approved=approved,
)
