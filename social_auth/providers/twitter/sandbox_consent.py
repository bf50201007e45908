import re

from connect.network_table import Network
from social_auth.sandbox.dialog import PROBLEMS, Dialog

WRONG = "Something went wrong. You weren't able to give access to the App. Go back and try logging in again."
READ_AND_WRITE = {
    "tweet": "posts",
    "follows": "who follows you and whom you follow",
    "mute": "accounts you have muted",
    "block": "accounts you have blocked",
    "like": "posts you have liked",
    "list": "lists",
    "bookmark": "bookmarks",
    "dm": "direct messages",
}
DIALOG = Dialog(
    network=Network.TWITTER,
    label="X",
    host="x.com",
    older_hosts=("twitter.com",),
    path=re.compile(r"/i/oauth2/authorize"),
    scopes={
        "users.read": "any account you can view",
        "users.email": "your email address",
        "offline.access": "stay connected until you revoke access",
        **{f"{name}.read": f"see {about}" for name, about in READ_AND_WRITE.items()},
        **{f"{name}.write": f"change {about}" for name, about in READ_AND_WRITE.items()},
        "tweet.moderate.write": "hide and unhide replies to your posts",
        "space.read": "all the Spaces you can view",
        "media.write": "upload media",
    },
    all_or_nothing=True,
    state_required=True,
    most_state=500,
    methods_in_any_case=True,  # twitter-api-v2 asks for s256, and X answers it
    needs_challenge=lambda redirect_uri: True,
    messages=dict.fromkeys(PROBLEMS, WRONG),
    denied={"error": "access_denied"},
    is_online=lambda params, granted: "offline.access" not in granted,
)
