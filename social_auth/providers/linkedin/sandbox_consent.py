import re

from connect.network_table import Network
from social_auth.sandbox.dialog import Dialog

BUMMER = "Bummer, something went wrong. "
DIALOG = Dialog(
    network=Network.LINKEDIN,
    label="LinkedIn",
    host="www.linkedin.com",
    path=re.compile(r"/oauth/v2/authorization"),
    scopes={
        "openid": "use your name and photo",
        "profile": "use your name and photo",
        "email": "use the primary email address of your LinkedIn account",
        "w_member_social": "create, modify, and delete posts, comments, and reactions on your behalf",
        "r_organization_admin": "retrieve your organizations' pages and their reporting data",
        "rw_organization_admin": "manage your organizations' pages and retrieve reporting data",
        "r_organization_social": "retrieve your organizations' posts, comments and reactions",
        "w_organization_social": "create, modify, and delete posts on your organizations' behalf",
        "r_member_profileAnalytics": "retrieve your profile analytics, such as your count of followers",
        "r_member_postAnalytics": "retrieve the analytics of your posts",
    },
    all_or_nothing=True,
    messages={
        "client": f'{BUMMER}The passed in client_id is invalid "{{}}"',
        "no_redirect": f'{BUMMER}You need to pass the "redirect_uri" parameter',
        "redirect": f"{BUMMER}The redirect_uri does not match the registered value",
        "response_type": f'{BUMMER}The passed in response_type is invalid "{{}}"',
        "no_scope": "The scope parameter is empty",
        "scope": 'Scope "{}" is not authorized for your application',
        "state": f"{BUMMER}The state parameter is too long",
        "pkce": f"{BUMMER}The code_challenge is invalid",
    },
    redirected_errors={"scope": "unauthorized_scope_error", "no_scope": "invalid_scope"},
    denied={"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"},
)
