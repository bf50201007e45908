"""Facebook's profiles, pages and permissions, read with a person's token or a page's."""

from typing import Any
from urllib.parse import urlencode

from connect.network_table import Network
from social_auth.sandbox.accounts import Asset
from social_auth.sandbox.graph import SERVED_VERSIONS, error, no_such, requested_fields, version_and_parts
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

FACEBOOK = Network.FACEBOOK
SCOPES = ("public_profile", "email", "pages_show_list", "pages_read_engagement")
LITTLE = "email"
USER = ("id", "name")
PAGE = ("id", "name")
LISTED = ("access_token", "category", "category_list", "id", "name", "tasks")
"""The fields of each that are returned when none are requested."""
PAGE_KIND = "page:"
"""Prefix of the kind of a page's own token; the page's number follows."""


def answer(call: Call, token: Token, parts: list[str]) -> Reply:
    match call.method, parts:
        case "GET", []:
            return many(call, token)
        case "GET", [name]:
            return as_reply(node(call, token, name))
        case _, [name, edge] if is_self(token, name) and not page_of(token):
            return edge_of(call, token, edge)
    return no_such(parts[0]) if parts else error(100, "Unsupported request", kind="GraphMethodException")


def edge_of(call: Call, token: Token, edge: str) -> Reply:
    match call.method, edge:
        case "GET", "accounts":
            return pages(call, token)
        case "GET", "permissions":
            listed = [{"permission": scope, "status": "granted"} for scope in scopes(token)]
            return Reply(200, {"data": listed})
        case "DELETE", "permissions":
            token.revoke()
            return Reply(200, {"success": True})
    return error(2500, f"Unknown path components: /{edge}")


def scopes(token: Token) -> list[str]:
    return token.scopes(SCOPES, LITTLE)


def as_reply(result: Any) -> Reply:
    return result if isinstance(result, Reply) else Reply(200, result)


def is_self(token: Token, name: str) -> bool:
    return name in ("me", token.holder.uid(token.app))


def page_of(token: Token) -> Asset | None:
    """The page that the token belongs to."""
    place = token.kind.removeprefix(PAGE_KIND)
    return Asset(token.holder, int(place)) if token.kind.startswith(PAGE_KIND) else None


def many(call: Call, token: Token) -> Reply:
    """Several nodes by their ids; if one cannot be read, the whole call fails."""
    nodes = {}
    for name in filter(None, call.params.get("ids", "").split(",")):
        result = node(call, token, name)
        if isinstance(result, Reply):
            return result
        nodes[name] = result
    return Reply(200, nodes) if nodes else error(100, "Unsupported get request.", kind="GraphMethodException")


def node(call: Call, token: Token, name: str) -> Any:
    """The requested fields of a profile or page, or the refusal."""
    own = page_of(token)
    if name == "me" and own:
        return requested_fields(call, page(own, token), PAGE, "Page")
    if is_self(token, name):
        return requested_fields(call, user(token), USER, "User")
    asset = next((asset for asset in token.holder.assets() if asset.number == name), None)
    return requested_fields(call, page(asset, token), PAGE, "Page") if asset else no_such(name)


def user(token: Token) -> dict[str, Any]:
    account, granted = token.holder, scopes(token)
    first, _, last = account.display_name.partition(" ")
    picture = {"height": 200, "is_silhouette": False, "url": f"https://scontent.test/{account.name}.jpg", "width": 200}
    return {
        "id": account.uid(token.app),
        "name": account.display_name,
        "first_name": first,
        "last_name": last or None,
        "short_name": first,
        "picture": {"data": picture},
        "email": f"{account.name}@creators.test" if "email" in granted else None,
        "link": f"https://www.facebook.com/{account.uid(token.app)}" if "user_link" in granted else None,
    }


def page(asset: Asset, token: Token) -> dict[str, Any]:
    hidden = asset.holder.state == "hidden"
    return {
        "id": asset.number,
        "name": asset.title,
        "username": asset.slug.replace("-", "."),
        "link": f"https://www.facebook.com/{asset.number}",
        "about": f"{asset.title}, from the sandbox",
        "category": "Creator",
        "category_list": [{"id": "2347428775505624", "name": "Creator"}],
        "tasks": ["ANALYZE", "CREATE_CONTENT", "MANAGE"],
        "access_token": str(token.sibling(f"{PAGE_KIND}{asset.place}")),
        "verification_status": "not_verified",
        "is_verified": False,
        "picture": {"data": {"height": 50, "is_silhouette": False, "url": "https://scontent.test/p.jpg", "width": 50}},
        "followers_count": None if hidden else asset.followers,
        "fan_count": None if hidden else 1,
        "instagram_business_account": None,
    }


def pages(call: Call, token: Token) -> Reply:
    """The pages that the person administers, by number, `limit` at a time."""
    if "pages_show_list" not in scopes(token):
        return error(200, "(#200) Requires pages_show_list permission", status=403)
    after, limit = int(call.params.get("after") or 0), int(call.params.get("limit") or 25)
    remaining = [asset for asset in token.holder.assets() if asset.place > after]
    listed = [requested_fields(call, page(asset, token), LISTED, "Page") for asset in remaining[:limit]]
    if refusal := next((item for item in listed if isinstance(item, Reply)), None):
        return refusal
    if not listed:
        return Reply(200, {"data": []})
    last = remaining[:limit][-1].place
    paging: dict[str, Any] = {"cursors": {"before": str(after), "after": str(last)}}
    if len(remaining) > limit:
        paging["next"] = next_page(call, token, after=str(last))
    return Reply(200, {"data": listed, "paging": paging})


def next_page(call: Call, token: Token, after: str) -> str:
    """The URL of the next page: with all parameters of the call, except for appsecret_proof."""
    params = {name: value for name, value in call.params.items() if name != "appsecret_proof"}
    version = (version_and_parts(call.path) or SERVED_VERSIONS)[0]
    edge = f"{version}/{token.holder.uid(token.app)}/accounts"
    return f"https://graph.facebook.com/{edge}?{urlencode(params | {'after': after})}"
