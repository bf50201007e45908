import re

from connect.network_table import Network
from social_auth.sandbox.dialog import Dialog

DIALOG = Dialog(
    network=Network.FACEBOOK,
    label="Facebook",
    host="www.facebook.com",
    path=re.compile(r"/(?:v\d+\.\d+/)?dialog/oauth/?"),
    separator=", ",
    scopes={
        "public_profile": "your name and profile picture",
        "email": "your email address",
        "user_link": "a link to your profile",
        "user_posts": "your posts",
        "pages_show_list": "a list of the Pages you manage",
        "pages_read_engagement": "content and followers of your Pages",
        "pages_read_user_content": "what others write on your Pages",
        "pages_manage_metadata": "the settings of your Pages",
        "pages_manage_posts": "posting as your Pages",
        "read_insights": "the statistics of your Pages",
        "business_management": "your businesses",
        "instagram_basic": "the Instagram accounts of your Pages",
        "instagram_manage_insights": "the statistics of those accounts",
    },
    always=("public_profile",),
    needs_scope=False,
    messages={
        "client": "Invalid App ID: The provided app ID does not look like a valid app ID.",
        "no_redirect": "The parameter redirect_uri is required",
        "redirect": (
            "URL Blocked: This redirect failed because the redirect URI is not white-listed in the app's client OAuth "
            "settings."
        ),
        "response_type": "Invalid response_type: {}",
        "scope": "Invalid Scopes: {}. This message is only shown to developers.",
        "state": "The parameter state is too long",
        "pkce": "Invalid code_challenge: {}",
    },
    denied={
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
    },
    fragment="_=_",
)
