from connect.network_table import Network
from social_auth.sandbox.wire import Call, Reply

PINTEREST = Network.PINTEREST
HOSTS = ("api.pinterest.com",)


def rate_limited() -> Reply:
    return Reply(429, {"code": 8, "message": "You have exceeded your rate limit. Try again later."})


def handle(call: Call) -> Reply:
    match call.method, call.path.rstrip("/"):
        case "GET", "/v5/user_account":
            return user_account(call)
    return Reply(404, {"code": 404, "message": "Not found."})


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
