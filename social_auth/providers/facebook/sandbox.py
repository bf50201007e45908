import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connect.network_table import Network
from social_auth.sandbox.accounts import Asset, network_state, our_apps, our_secret
from social_auth.sandbox.faults import fault
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.tokens import DAY, Token
from social_auth.sandbox.wire import Call, Reply

FACEBOOK = Network.FACEBOOK
APP_TOKEN = "sandbox-app-token"
HOSTS = ("graph.facebook.com", "www.facebook.com")
LIFE = 5_184_000
SCOPES = ["public_profile", "email", "pages_show_list", "pages_read_engagement"]
GONE = {"deleted": 467, "suspended": 467, "locked": 459}
"""What the tokens of such an account say, as error_subcode."""


DELETED = "Error validating application. Application has been deleted."
WRONG_REDIRECT = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the "
    "OAuth dialog request"
)


def error(code: int, message: str, *, subcode: int | None = None, status: int = 400) -> Reply:
    body = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "sandbox"}
    return Reply(status, {"error": body | ({"error_subcode": subcode} if subcode else {})})


def rate_limited() -> Reply:
    reply = error(4, "(#4) Application request limit reached")
    return Reply(reply.status, reply.body, {"X-App-Usage": '{"call_count":100,"total_cputime":40,"total_time":60}'})


def handle(call: Call) -> Reply:
    parts = [part for part in call.path.split("/") if part and not part.startswith("v2")]
    if network_state(FACEBOOK) == "client_deleted":
        return error(190, DELETED)
    match call.method, parts:
        case "GET", ["oauth", "access_token"]:
            return app_token(call)
        case "GET", ["debug_token"]:
            return debug_token(call)
        case "GET", ["me"]:
            return with_token(call, me)
        case "GET", ["me", "accounts"]:
            return with_token(call, lambda token: pages(call, token))
        case "DELETE", [_, "permissions"]:
            return with_token(call, remove_permissions)
        case "POST", []:
            return batch(call)
    return error(2500, f"Unknown path components: {call.path}")


def app_token(call: Call) -> Reply:
    """The app's own token, a code's token, or a longer-lived one for one that is still alive."""
    if not call.client_known(FACEBOOK):
        return error(1, "Error validating client secret.")
    if call.params.get("grant_type") == "client_credentials":
        return Reply(200, {"access_token": APP_TOKEN, "token_type": "bearer"})
    if call.params.get("grant_type") == "fb_exchange_token":
        old = call.param_token(FACEBOOK, "fb_exchange_token")
        if old is None or old.dead or not old.ours or old.condition in GONE:
            subcode = GONE.get(old.condition, 463) if old else 463
            return error(190, "Error validating access token", subcode=subcode)
        return Reply(200, {"access_token": str(old.sibling("long")), "token_type": "bearer", "expires_in": LIFE})
    granted = redeem(call, FACEBOOK, rotating=False)
    if granted == "wrong_redirect":
        return error(100, WRONG_REDIRECT, subcode=36008)
    if isinstance(granted, str):
        return error(100, "This authorization code has been used.", subcode=36009)
    return Reply(200, {"access_token": str(granted[0].sibling("long")), "token_type": "bearer", "expires_in": LIFE})


def is_app_token(text: str) -> bool:
    return text in (APP_TOKEN, *(f"{app}|{our_secret(FACEBOOK)}" for app in our_apps(FACEBOOK)))


def debug_token(call: Call) -> Reply:
    if not is_app_token(call.params.get("access_token", "")):
        return error(190, "Invalid OAuth access token signature.")
    token = call.param_token(FACEBOOK, "input_token")
    if token is None:
        detail = {"code": 190, "message": "Malformed access token"}
        return Reply(200, {"data": {"error": detail, "is_valid": False, "scopes": []}})
    if not token.ours:
        return error(100, "(#100) The App_id in the input_token did not match the Viewing App")
    data = {
        "app_id": token.app,
        "type": "USER",
        "application": "Connect",
        "data_access_expires_at": int(token.signed_in) + 90 * DAY,
        "expires_at": int(token.minted) + LIFE,
        "is_valid": not token.dead and token.condition not in GONE,
        "scopes": token.scopes(SCOPES, "email"),
        "user_id": token.holder.uid(token.app),
    }
    if not data["is_valid"]:
        subcode = GONE.get(token.condition, 463)
        data["error"] = {"code": 190, "message": "Error validating access token", "subcode": subcode}
    return Reply(200, {"data": data})


def with_token(call: Call, answer: Callable[[Token], Reply]) -> Reply:
    token = call.param_token(FACEBOOK)
    if token is None:
        return error(190, "Invalid OAuth access token - Cannot parse access token", status=401)
    if token.dead:
        return error(190, "Error validating access token: Session has expired", subcode=463, status=401)
    if token.condition in GONE:
        return error(190, "Error validating access token", subcode=GONE[token.condition], status=401)
    return answer(token)


def me(token: Token) -> Reply:
    account = token.holder
    picture = {"height": 200, "is_silhouette": False, "url": f"https://scontent.test/{account.name}.jpg", "width": 200}
    uid = account.uid(token.app)
    return Reply(200, {"id": uid, "name": account.display_name, "picture": {"data": picture}})


def pages(call: Call, token: Token) -> Reply:
    """The pages that the person administers, in the order of their ids, `limit` at a time."""
    if "pages_show_list" not in token.scopes(SCOPES, "email"):
        return error(200, "(#200) Requires pages_show_list permission", status=403)
    after, limit = int(call.params.get("after") or 0), int(call.params.get("limit") or 25)
    rest = [asset for asset in token.holder.assets() if asset.place > after]
    listed = [page(asset) for asset in rest[:limit]]
    if not listed:
        return Reply(200, {"data": []})
    last = rest[:limit][-1].place
    paging: dict[str, Any] = {"cursors": {"before": str(after), "after": str(last)}}
    if len(rest) > limit:
        paging["next"] = f"https://graph.facebook.com/me/accounts?after={last}"
    return Reply(200, {"data": listed, "paging": paging})


def page(asset: Asset) -> dict[str, Any]:
    count: dict[str, Any] = (
        {} if asset.holder.state == "hidden" else {"followers_count": asset.followers, "fan_count": 1}
    )
    return {
        "id": asset.number,
        "name": asset.title,
        "username": asset.slug.replace("-", "."),
        "link": f"https://www.facebook.com/{asset.number}",
        "category": "Creator",
        "tasks": ["ANALYZE", "CREATE_CONTENT", "MANAGE"],
        "verification_status": "not_verified",
        **count,
    }


def remove_permissions(token: Token) -> Reply:
    token.revoke()
    return Reply(200, {"success": True})


def batch(call: Call) -> Reply:
    if not is_app_token(call.params.get("access_token", "")):
        return error(190, "Invalid OAuth access token signature.")
    return Reply(200, [batch_item(call, item) for item in json.loads(call.params.get("batch", "[]"))[:50]])


def batch_item(call: Call, item: dict[str, str]) -> dict[str, object]:
    url = urlsplit("/" + item["relative_url"])
    inner = Call(item["method"], call.host, url.path, dict(parse_qsl(url.query)), call.headers)
    token = inner.param_token(FACEBOOK)
    reply = fault(sys.modules[__name__], token.condition if token else "ok") or handle(inner)
    body = reply.body.decode("latin-1") if isinstance(reply.body, bytes) else json.dumps(reply.body)
    return {"code": reply.status, "headers": [], "body": body}
