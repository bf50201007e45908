"""Minting the credentials that an app would get from a provider's SDK, ready to be posted."""

import secrets
from functools import partial

from connect.network_table import Network
from social_auth.sandbox.id_tokens import id_token
from social_auth.sandbox.tokens import FOREIGN_APP, Token, mint

ANDROID = "4711-android.apps.googleusercontent.com"
"""The client that the SDK asks as: Google names it beside the server that the token is for."""
REDIRECT = "connect://callback"
FIELDS = ("network", "account", "kind", "token_state", "app", "pkce")
KINDS = {
    "token": "access token",
    "refresh": "access and refresh token",
    "code": "authorization code",
    "id_token": "id_token, Google only",
}


def minted(
    network: str,
    account: str = "",
    kind: str = "token",
    token_state: str = "ok",
    app: str = "ours",
    pkce: str = "yes",
) -> dict[str, str]:
    """Return the fields to post, and network, account, app and state; raises ValueError for an impossible value."""
    network = Network.YOUTUBE if network == "google" else Network(network)
    if kind not in KINDS:
        raise ValueError(f"A kind is one of {', '.join(KINDS)}")
    if kind == "id_token" and network != Network.YOUTUBE:
        raise ValueError("Only Google signs id_tokens")
    if app not in ("ours", "foreign"):
        raise ValueError("An app is ours or foreign")
    token = mint(network, account, foreign=app == "foreign", state=token_state)
    posted = {"user_id": token.holder.uid(token.app)}
    about = {"network": str(network), "account": token.account, "app": token.app, "state": token.state}
    return _credential(token, kind, pkce=pkce != "no") | posted | about


def _credential(token: Token, kind: str, *, pkce: bool) -> dict[str, str]:
    match kind:
        case "code":
            return _code(token, secrets.token_urlsafe(32) if pkce else "")
        case "id_token":
            return {"id_token": id_token(token, azp=ANDROID)}
        case "refresh":
            return {"access_token": str(token), "refresh_token": str(token.sibling("refresh"))}
    return {"access_token": str(token)}


def _code(token: Token, verifier: str) -> dict[str, str]:
    """A code, with its PKCE verifier unless that is empty: several SDKs send none."""
    foreign = token.app == FOREIGN_APP
    minting = partial(mint, foreign=foreign, state=token.state, verifier=verifier, redirect=REDIRECT)
    code = minting(token.network, token.account, kind="code")
    return {"code": str(code), "redirect_uri": REDIRECT} | ({"code_verifier": verifier} if verifier else {})
