from connect.network_table import Network
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.wire import Call, Reply

PINTEREST = Network.PINTEREST
HOSTS = ("api.pinterest.com",)


def rate_limited() -> Reply:
    return Reply(429, {"code": 8, "message": "You have exceeded your rate limit. Try again later."})


def handle(call: Call) -> Reply:
    match call.method, call.path.rstrip("/"):
        case "GET", "/v5/user_account":
            return user_account(call)
        case "POST", "/v5/oauth/token":
            return token_endpoint(call)
    return Reply(404, {"code": 404, "message": "Not found."})


def token_endpoint(call: Call) -> Reply:
    granted = redeem(call, PINTEREST, rotating=True)
    if isinstance(granted, str):
        return Reply(401 if granted == "invalid_client" else 400, {"code": 283, "message": granted, "error": granted})
    access, refresh = granted
    life = {"expires_in": 2_592_000, "refresh_token_expires_in": 5_184_000}
    scope = "user_accounts:read boards:read"
    tokens = {"access_token": str(access), "refresh_token": str(refresh)}
    return Reply(
        200, {"response_type": call.params["grant_type"], "token_type": "bearer", "scope": scope, **life, **tokens}
    )


def user_account(call: Call) -> Reply:
    token = call.bearer(PINTEREST)
    if token is None or token.dead:
        return Reply(401, {"code": 2, "message": "Authentication failed."})
    account = token.holder
    return Reply(
        200,
        {
            "id": account.uid(token.app),
            "username": account.name,
            "account_type": "BUSINESS",
            "business_name": account.display_name,
            "profile_image": f"https://i.pinimg.test/{account.name}.jpg",
            "website_url": None,
            "about": f"{account.display_name}, from the sandbox",
            "follower_count": account.followers,
            "following_count": 33,
            "board_count": 4,
            "pin_count": 210,
            "monthly_views": account.followers * 3,
        },
    )
