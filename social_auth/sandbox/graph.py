"""What Facebook and Instagram share: versions, errors, appsecret_proof and fields of the Graph API."""

import hashlib
import hmac
import re
from typing import Any

from connect.network_table import Network
from social_auth.sandbox.accounts import our_secret
from social_auth.sandbox.fields import name_of, select, top_level
from social_auth.sandbox.tokens import Token, read_token
from social_auth.sandbox.versions import is_retired
from social_auth.sandbox.wire import Call, Reply

SERVED_VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0", "v27.0")
"""On 2026-12-01. Calls of an ended version, and calls that name none, are silently served by the oldest of these."""
EVERY_VERSION = (
    "v1.0",
    *(f"v2.{n}" for n in range(13)),
    *(f"v3.{n}" for n in range(4)),
    *(f"v{n}.0" for n in range(4, 28)),
)
META = (Network.FACEBOOK, Network.INSTAGRAM)
"""Both networks use the Graph API: a version that is retired for one of them is retired for both."""
VERSION_HEADER = "facebook-api-version"
DELETED = "Error validating application. Application has been deleted."
WRONG_REDIRECT = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the "
    "OAuth dialog request"
)
UNPARSED = "Invalid OAuth access token - Cannot parse access token"
NO_SUCH = (
    "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to missing permissions, or does "
    "not support this operation"
)


def error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, kind: str = "OAuthException"
) -> Reply:
    body = {"message": message, "type": kind, "code": code, "fbtrace_id": "sandbox"}
    return Reply(status, {"error": body | ({"error_subcode": subcode} if subcode else {})})


def no_such(node_id: str) -> Reply:
    return error(100, NO_SUCH.format(node_id), subcode=33, kind="GraphMethodException")


def unknown_path(call: Call) -> Reply:
    return error(2500, f"Unknown path components: {call.path}")


def version_and_parts(path: str) -> tuple[str, list[str]] | None:
    """The version that serves the call, and the path after it; None if there never was such a version."""
    parts = [part for part in path.split("/") if part]
    served = [version for version in SERVED_VERSIONS if not any(is_retired(network, version) for network in META)] or [
        SERVED_VERSIONS[-1]
    ]
    if not parts or not re.fullmatch(r"v\d+\.\d+", parts[0]):
        return served[0], parts
    if parts[0] not in EVERY_VERSION:
        return None
    return parts[0] if parts[0] in served else served[0], parts[1:]


def with_version(reply: Reply, version: str) -> Reply:
    """The reply with the header that names the version."""
    return Reply(reply.status, reply.body, reply.headers | {VERSION_HEADER: version})


def token_text(call: Call) -> str:
    return call.params.get("access_token") or call.headers.get("authorization", "").removeprefix("Bearer ")


def token_of(call: Call, network: str) -> Token | None:
    return read_token(token_text(call), network)


def wrong_proof(call: Call, network: str, token: Token | None) -> Reply | None:
    """The refusal of an appsecret_proof that does not fit token and app; None if it fits or there is none."""
    proof = call.params.get("appsecret_proof")
    if proof is None:
        return None
    right = hmac.new(our_secret(network).encode(), token_text(call).encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(right.encode(), proof.encode()) and (token is None or token.ours):
        return None
    return error(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def requested_fields(call: Call, node: dict[str, Any], usual: tuple[str, ...], kind: str) -> Any:
    """The node's id and requested fields, or the refusal of a field that its kind does not have.

    A field whose value is None is left out: the kind has it, this node does not.
    """
    requested = [name_of(field) for field in top_level(call.params.get("fields", ""))]
    if unknown := [name for name in requested if name not in node]:
        return error(100, f"(#100) Tried accessing nonexisting field ({unknown[0]}) on node type ({kind})")
    filled = {name: value for name, value in node.items() if value is not None}
    return select(filled, requested or usual, always=("id",))
