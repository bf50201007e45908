import json
import sys
from urllib.parse import parse_qsl, urlsplit

from connect.network_table import Network
from social_auth.providers.facebook import sandbox_data as data
from social_auth.sandbox.accounts import our_apps, our_secret
from social_auth.sandbox.faults import fault
from social_auth.sandbox.graph import (
    DELETED,
    UNPARSED,
    WRONG_REDIRECT,
    error,
    token_of,
    token_text,
    unknown_path,
    version_and_parts,
    with_version,
    wrong_proof,
)
from social_auth.sandbox.oauth import redeem
from social_auth.sandbox.tokens import DAY, Token
from social_auth.sandbox.traits import network_state
from social_auth.sandbox.wire import Call, Reply

FACEBOOK = Network.FACEBOOK
APP_TOKEN = "sandbox-app-token"
HOSTS = ("graph.facebook.com", "www.facebook.com")
LIFE = 5_184_000
MAX_BATCH = 50
GONE = {"deleted": 467, "suspended": 467, "locked": 459}
"""The error_subcode for tokens of an account in that state."""
NO_DEVELOPER = "You must provide an app access token, or a user access token that is an owner or developer of the app"
NO_USER = "An active access token must be used to query information about the current user."


def rate_limited() -> Reply:
    reply = error(4, "(#4) Application request limit reached")
    return Reply(reply.status, reply.body, {"X-App-Usage": '{"call_count":100,"total_cputime":40,"total_time":60}'})


def handle(call: Call) -> Reply:
    if network_state(FACEBOOK) == "client_deleted":
        return error(190, DELETED)
    resolved = version_and_parts(call.path)
    return with_version(routed(call, resolved[1]), resolved[0]) if resolved else unknown_path(call)


def routed(call: Call, parts: list[str]) -> Reply:
    match call.method, parts:
        case (("GET" | "POST"), ["oauth", "access_token"]):
            return app_token(call)
        case "GET", ["debug_token"]:
            return debug_token(call)
        case "POST", []:
            return batch(call)
    return refusal(call) or data.answer(call, _known(call), parts)


def app_token(call: Call) -> Reply:
    """The app's token, the token for a code, or a long-lived token for one that is still valid."""
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
    granted = redeem(call, FACEBOOK, rotating=False, usual_grant="authorization_code")
    if granted == "wrong_redirect":
        return error(100, WRONG_REDIRECT, subcode=36008)
    if isinstance(granted, str):
        return error(100, "This authorization code has been used.", subcode=36009)
    return Reply(200, {"access_token": str(granted[0].sibling("long")), "token_type": "bearer", "expires_in": LIFE})


def is_app_token(text: str) -> bool:
    return text in (APP_TOKEN, *(f"{app}|{our_secret(FACEBOOK)}" for app in our_apps(FACEBOOK)))


def inspection_refusal(call: Call) -> Reply | None:
    """The refusal of a caller that is neither our app nor the owner of the token to inspect."""
    caller = token_of(call, FACEBOOK)
    if is_app_token(token_text(call)) or (caller and token_text(call) == call.params.get("input_token")):
        return None
    return error(100, f"(#100) {NO_DEVELOPER}") if caller else error(190, "Invalid OAuth access token signature.")


def debug_token(call: Call) -> Reply:
    if refused := inspection_refusal(call):
        return refused
    if unwanted := wrong_proof(call, FACEBOOK, None):
        return unwanted
    token = call.param_token(FACEBOOK, "input_token")
    if token is None:
        detail = {"code": 190, "message": UNPARSED}
        return Reply(200, {"data": {"error": detail, "is_valid": False, "scopes": []}})
    if not token.ours:
        return error(100, "(#100) The App_id in the input_token did not match the Viewing App")
    return Reply(200, {"data": inspected(token)})


def inspected(token: Token) -> dict[str, object]:
    page = data.page_of(token)
    facts: dict[str, object] = {
        "app_id": token.app,
        "type": "PAGE" if page else "USER",
        "application": "Connect",
        "data_access_expires_at": int(token.signed_in) + 90 * DAY,
        "expires_at": 0 if page else int(token.minted) + LIFE,
        "is_valid": not token.dead and token.condition not in GONE,
        "scopes": data.scopes(token),
        "user_id": token.holder.uid(token.app),
    }
    if page:
        facts["profile_id"] = page.number
    if not facts["is_valid"]:
        subcode = GONE.get(token.condition, 463)
        facts["error"] = {"code": 190, "message": "Error validating access token", "subcode": subcode}
    return facts


def refusal(call: Call) -> Reply | None:
    """The refusal of a call with a person's or a page's token; None if it is allowed."""
    token, text = token_of(call, FACEBOOK), token_text(call)
    if not text or is_app_token(text):
        return error(2500, NO_USER)
    if token is None:
        return error(190, UNPARSED, status=401)
    if unwanted := wrong_proof(call, FACEBOOK, token):
        return unwanted
    if token.dead:
        return error(190, "Error validating access token: Session has expired", subcode=463, status=401)
    if token.condition in GONE:
        return error(190, "Error validating access token", subcode=GONE[token.condition], status=401)
    return None


def _known(call: Call) -> Token:
    token = token_of(call, FACEBOOK)
    assert token is not None  # noqa: S101 - else the call was refused
    return token


def batch(call: Call) -> Reply:
    """Several calls in one, with the app's token or a person's; each may carry its own token."""
    refused = wrong_proof(call, FACEBOOK, None) if is_app_token(token_text(call)) else refusal(call)
    items = json.loads(call.params.get("batch", "[]"))
    if len(items) > MAX_BATCH:
        refused = error(100, "Too many requests in batch message. Maximum batch size is 50")
    return refused or Reply(200, [batch_item(call, item) for item in items])


def batch_item(call: Call, item: dict[str, str]) -> dict[str, object]:
    url = urlsplit("/" + item.get("relative_url", "").lstrip("/"))
    own_params = dict(parse_qsl(url.query)) | dict(parse_qsl(item.get("body", "")))
    inherited = {name: call.params[name] for name in ("access_token", "appsecret_proof") if name in call.params}
    params = own_params if "access_token" in own_params else inherited | own_params
    inner = Call(item.get("method", "GET"), call.host, url.path, params, call.headers)
    token = inner.param_token(FACEBOOK)
    reply = fault(sys.modules[__name__], token.condition if token else "ok") or handle(inner)
    body = reply.body.decode("latin-1") if isinstance(reply.body, bytes) else json.dumps(reply.body)
    listed = [{"name": name, "value": value} for name, value in reply.headers.items()]
    silent = call.params.get("include_headers") == "false"
    return {"code": reply.status, "body": body} | ({} if silent else {"headers": listed})
