"""Redeeming codes and refresh tokens: single use, rotation, and revocation of the whole grant on reuse."""

from social_auth.sandbox.pkce import verifies
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.traits import network_state
from social_auth.sandbox.wire import ANY_STYLE, Call

Pair = tuple[Token, Token | None]


def redeem(
    call: Call,
    network: str,
    *,
    rotating: bool,
    id_name: str = "client_id",
    style: str = ANY_STYLE,
    usual_grant: str = "",
) -> Pair | str:
    """Return the access and refresh token for the grant in the call, or an error code.

    The codes are OAuth's and `wrong_verifier`, `wrong_redirect`, `deleted_client`; each provider words them itself.
    """
    if network_state(network) == "client_deleted":
        return "deleted_client"
    if not call.client_known(network, id_name=id_name, style=style):
        return "invalid_client"
    match call.params.get("grant_type", usual_grant):
        case "authorization_code":
            return _redeem_code(call, network, call.client(id_name)[0])
        case "refresh_token":
            return _redeem_refresh_token(call, network, rotating=rotating)
    return "unsupported_grant_type"


def _redeem_code(call: Call, network: str, client: str) -> Pair | str:
    code = call.param_token(network, "code")
    if code is None or code.kind != "code" or not code.ours or code.dead or code.app != client:
        return "invalid_grant"
    if not verifies(call.params.get("code_verifier", ""), code.challenge, code.method):
        return "wrong_verifier"
    if not call.params.get("redirect_uri") or code.redirect not in ("", call.params["redirect_uri"]):
        return "wrong_redirect"
    if not code.spend():
        return "invalid_grant"
    return code.sibling("short"), None if code.online else code.sibling("refresh")


def _closed(token: Token) -> bool:
    """Whether the account is deleted; a suspended account's tokens are still renewed by some providers."""
    return token.holder.state == "deleted"


def _redeem_refresh_token(call: Call, network: str, *, rotating: bool) -> Pair | str:
    token = call.param_token(network, "refresh_token")
    if token is None or token.kind != "refresh" or not token.ours or token.dead or _closed(token):
        return "invalid_grant"
    if not rotating:
        return token.sibling("short"), None
    return (token.sibling("short"), token.sibling("refresh")) if token.spend() else "invalid_grant"
