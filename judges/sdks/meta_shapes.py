"""What Meta's own SDK, which is generated from the Graph API, knows of the fields of a node."""

from typing import Any

from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.user import User

from judges.sdks.bench import Given, Values

NODES: dict[tuple[str, str], Any] = {
    ("graph.facebook.com", "me"): User,
    ("graph.facebook.com", "me/accounts"): Page,
    ("graph.instagram.com", "me"): IGUser,
}
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "bool": bool,
    "int": int,
    "unsigned int": int,
}
"""Of its types those that are plain; what leads elsewhere is not looked into."""


def meta(given: Given) -> Values:
    _, _, path = given["path"].strip("/").partition("/")  # behind the version
    node = NODES.get((given["host"], path))
    if node is None or given["status"] != 200:
        return {}
    found = given["body"].get("data", []) if path.endswith("accounts") else [given["body"]]
    return {"shape": node.__name__, "wrong": sorted({one for body in found for one in wrong_of(node, body)})}


def wrong_of(node: Any, body: dict[str, Any]) -> list[str]:
    known = node._field_types
    unknown = [f"{name}: no such field" for name in body if name not in known]
    mistyped = [
        f"{name}: {type(value).__name__} instead of {known[name]}"
        for name, value in body.items()
        if isinstance(value, bool) != (known.get(name) == "bool")
        or not isinstance(value, KINDS.get(known.get(name), object))
    ]
    return unknown + mistyped
