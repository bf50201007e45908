from connect.network_table import Network
from social_auth.providers.tiktok.sandbox_data import SCOPES, error, user_info, video_list
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.wire import IN_FORM, Call, Reply

TIKTOK = Network.TIKTOK
HOSTS = ("open.tiktokapis.com", "www.tiktok.com")
NOT_A_FORM = "Only `application/x-www-form-urlencoded` is accepted as Content-Type."


WRONG = {
    "wrong_verifier": ("invalid_request", "Code verifier or code challenge is invalid."),
    "wrong_redirect": ("invalid_request", "Redirect_uri is not matched with the uri when requesting code."),
    "deleted_client": ("invalid_client", "Client key or secret is incorrect."),
}


def rate_limited() -> Reply:
    return error(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")


def handle(call: Call) -> Reply:
    match call.method, call.path.rstrip("/"):
        case "GET", "/v2/user/info":
            return user_info(call)
        case "POST", "/v2/video/list":
            return video_list(call)
        case "POST", "/v2/oauth/token":
            return token_endpoint(call)
        case "POST", "/v2/oauth/revoke":
            return revoke(call)
    return error(404, "invalid_params", "No such call")


def token_endpoint(call: Call) -> Reply:
    if not call.is_form:
        return flat_error("invalid_request", NOT_A_FORM)
    if call.params.get("grant_type") == "client_credentials" and _is_ours(call):
        return Reply(200, {"access_token": "clt.sandbox", "expires_in": 7200, "token_type": "Bearer"})
    granted = redeem(call, TIKTOK, rotating=True, id_name="client_key", style=IN_FORM)
    if isinstance(granted, str):
        return flat_error(*WRONG.get(granted, (granted, "The grant was refused.")))
    access, refresh = granted
    return Reply(
        200,
        {
            "access_token": str(access),
            "expires_in": 86400,
            "open_id": access.holder.uid(access.app),
            "refresh_token": str(refresh),
            "refresh_expires_in": refresh.seconds_left if refresh else 0,
            "scope": ",".join(access.scopes(SCOPES, "")),
            "token_type": "Bearer",
        },
    )


def revoke(call: Call) -> Reply:
    if not call.is_form:
        return flat_error("invalid_request", NOT_A_FORM)
    if not _is_ours(call):
        return flat_error("invalid_client", "Client key or secret is incorrect.")
    token = call.param_token(TIKTOK, "token")
    if token is None or token.dead:
        return flat_error("invalid_grant", "Access token is invalid or expired.")
    token.revoke()
    return Reply(200)


def _is_ours(call: Call) -> bool:
    """Whether our key and secret are in the form: TikTok reads neither client_id nor Basic."""
    return call.client_known(TIKTOK, id_name="client_key", style=IN_FORM)


def flat_error(code: str, text: str) -> Reply:
    return Reply(200, {"error": code, "error_description": text, "log_id": "sandbox"})
