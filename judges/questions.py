"""What a job is about: our app's keys, and fresh credentials of the sandbox's maya, for one side alone."""

import hashlib
import hmac
from importlib import import_module
from typing import Any

from django.conf import settings

from social_auth.providers import versions
from social_auth.providers.adapters import ADAPTERS
from social_auth.sandbox.accounts import our_secret
from social_auth.sandbox.id_tokens import id_token
from social_auth.sandbox.tokens import Token, forget, mint
from social_auth.sandbox.traits import set_traits

ACCOUNT = "maya"
REDIRECT = "https://platform.test/back"
VERIFIER = "v" * 64
STATES = {
    "dead token": "expired",
    "spent grant": "revoked",
    "missing scope": "missing_scope",
    "limited": "rate_limited",
    "outage": "5xx",
    "gone": "deleted",
}
"""In which state the token of a job is that is to be refused."""
ASSETS = 30
"""How many pages maya administers: more than any provider lists at once by itself."""


def set_up_accounts(network: str) -> None:
    """Put maya's network in order, with somebody who is gone beside her."""
    forget()
    set_traits(network, ACCOUNT, assets=12 if network == "linkedin" else ASSETS)
    set_traits(network, "zoe", state="deleted")


def question(network: str, job: str) -> dict[str, Any]:
    token = mint(network, ACCOUNT, state=STATES.get(job, "ok"), kind=kind_of(network, job))
    adapter = ADAPTERS[network]
    return {
        "network": network,
        "account": ACCOUNT,
        "uid": token.holder.uid(token.app),
        "channel": token.holder.channel_id,
        "client_id": adapter.client_id,
        "client_secret": adapter.client_secret,
        "redirect_uri": REDIRECT,
        "state": "state",
        "scopes": usual_scopes(network),
        "api_key": settings.YOUTUBE_API_KEY,
        "app_token": settings.TWITTER_BEARER_TOKEN,
        "api_version": versions.in_use(network) if network in versions.SETTINGS else "",
        "access_token": str(token),
        "refresh_token": str(token.sibling("refresh")),
    } | credentials(network, job, token)


def kind_of(network: str, job: str) -> str:
    """What is extended at Meta is the long-lived token itself."""
    return "long" if job in ("refresh", "spent grant") and network in ("facebook", "instagram") else "short"


def credentials(network: str, job: str, token: Token) -> dict[str, Any]:
    verifier = VERIFIER if ADAPTERS[network].pkce else ""
    match job:
        case "authorize":
            return {"code_verifier": verifier}
        case "exchange":
            code = mint(network, ACCOUNT, kind="code", verifier=verifier, redirect=REDIRECT)
            return {"code": str(code), "code_verifier": verifier}
        case "identify":
            return {"id_token": id_token(token)}
        case "revoke":
            kind = "refresh" if network in ("youtube", "twitter") else "short"
            return {"token": str(token.sibling(kind)) if kind == "refresh" else str(token)}
        case "batch":
            return batch_of(network)
    return {}


def batch_of(network: str) -> dict[str, Any]:
    """Two accounts that are there, and one that is not."""
    people = [mint(network, name) for name in (ACCOUNT, "leo", "zoe")]
    if network == "facebook":
        return {"tokens": [with_proof(one) for one in people]}
    ids = [one.holder.channel_id if network == "youtube" else str(one.holder.number) for one in people]
    return {"ids": ids}


def with_proof(token: Token) -> dict[str, str]:
    """A person's token with Meta's proof of it, made here from Meta's document and not by our adapter."""
    secret = our_secret(token.network).encode()
    proof = hmac.new(secret, str(token).encode(), hashlib.sha256).hexdigest()
    return {"uid": token.holder.uid(token.app), "access_token": str(token), "proof": proof}


def usual_scopes(network: str) -> list[str]:
    """What the sandbox grants to whoever does not say; else what we need."""
    for name in ("sandbox_data", "sandbox"):
        try:
            return list(import_module(f"social_auth.providers.{network}.{name}").SCOPES)
        except (ImportError, AttributeError):
            continue
    return list(ADAPTERS[network].required_scopes)
