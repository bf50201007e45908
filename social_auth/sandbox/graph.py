"""What Facebook and Instagram share: the versions of the Graph API, its errors, the proof of a secret, its fields."""

import hashlib
import hmac
import re
from typing import Any

from connect.network_table import Network
from social_auth.sandbox.accounts import our_secret
from social_auth.sandbox.fields import name_of, only, top_level
from social_auth.sandbox.tokens import Token, read_token
from social_auth.sandbox.versions import is_retired
from social_auth.sandbox.wire import Call, Reply

LIVING = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0", "v27.0")
"""On 2026-12-01. An ended one is served by the oldest of these without a word, as is a call that names none."""
EVER = ("v1.0", *(f"v2.{n}" for n in range(13)), *(f"v3.{n}" for n in range(4)), *(f"v{n}.0" for n in range(4, 28)))
META = (Network.FACEBOOK, Network.INSTAGRAM)
"""A version that is retired of one of these is retired of both."""
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


def no_such(what: str) -> Reply:
    return error(100, NO_SUCH.format(what), subcode=33, kind="GraphMethodException")


def unknown_path(call: Call) -> Reply:
    return error(2500, f"Unknown path components: {call.path}")


def version_and_parts(path: str) -> tuple[str, list[str]] | None:
    """Which version serves the call, and the path behind it; None if there never was such a version."""
    parts = [part for part in path.split("/") if part]
    served = [version for version in LIVING if not any(is_retired(one, version) for one in META)] or [LIVING[-1]]
    if not parts or not re.fullmatch(r"v\d+\.\d+", parts[0]):
        return served[0], parts
    if parts[0] not in EVER:
        return None
    return parts[0] if parts[0] in served else served[0], parts[1:]


def told(reply: Reply, version: str) -> Reply:
    """The answer with the version that served it."""
    return Reply(reply.status, reply.body, reply.headers | {VERSION_HEADER: version})


def token_text(call: Call) -> str:
    return call.params.get("access_token") or call.headers.get("authorization", "").removeprefix("Bearer ")


def token_of(call: Call, network: str) -> Token | None:
    return read_token(token_text(call), network)


def unproven(call: Call, network: str, token: Token | None) -> Reply | None:
    """The refusal of a proof that was not made with the secret of the token's app; a call may come without one."""
    proof = call.params.get("appsecret_proof")
    if proof is None:
        return None
    right = hmac.new(our_secret(network).encode(), token_text(call).encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(right.encode(), proof.encode()) and (token is None or token.ours):
        return None
    return error(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def picked(call: Call, node: dict[str, Any], usual: tuple[str, ...], kind: str) -> Any:
    """What of a node was asked for, beside its id; or the refusal of a field that it does not have.

    A value of None is one that the node may have and this one has not: it is left out without a word.
    """
    asked = [name_of(field) for field in top_level(call.params.get("fields", ""))]
    if unknown := [name for name in asked if name not in node]:
        return error(100, f"(#100) Tried accessing nonexisting field ({unknown[0]}) on node type ({kind})")
    known = {name: value for name, value in node.items() if value is not None}
    return only(known, asked or usual, always=("id",))
