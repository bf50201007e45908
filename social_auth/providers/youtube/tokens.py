"""Tokens that Google signs: id_tokens of people, and the security events of Cross-Account Protection (RISC)."""

from typing import Any

from social_auth.providers.base import Adapter
from social_auth.wire import signing_keys
from social_auth.wire.outcomes import OurFault, Outcome, TokenDead, WrongApp
from social_auth.wire.signatures import Forged
from social_auth.wire.signed_tokens import Expected, ForSomebodyElse, read_token

CERTS = ("https://www.googleapis.com/oauth2/v3/certs", "https://www.googleapis.com/oauth2/v1/certs")
"""The same keys as a JWK set, and as certificates."""
ID_TOKEN_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
EVENT_ISSUERS = ("https://accounts.google.com/", "https://accounts.google.com")


def read_id_token(adapter: Adapter, text: str) -> dict[str, Any]:
    """Return the claims of an id_token for our app; raises WrongApp, TokenDead for any other, Unavailable."""
    expected = Expected(ID_TOKEN_ISSUERS, adapter.client_ids, ("exp", "iat", "sub"), ("jwt",))
    try:
        claims = read_token(text, expected, lambda key_id: signing_key(adapter, key_id))
    except ForSomebodyElse:
        raise WrongApp from None
    except Forged:
        outcome = TokenDead("google: id_token refused")
        outcome.field = "id_token"
        raise outcome from None
    return claims


def read_security_event(adapter: Adapter, text: str) -> dict[str, Any]:
    """Return the claims of a security event token (RFC 8417) for us. It never expires. Raises Forged, Unavailable."""
    expected = Expected(EVENT_ISSUERS, adapter.client_ids, ("iat", "jti"), ("secevent+jwt", "jwt"))
    claims = read_token(text, expected, lambda key_id: signing_key(adapter, key_id))
    if not isinstance(claims.get("events"), dict) or not isinstance(claims["jti"], str):
        raise Forged
    return claims


def signing_key(adapter: Adapter, key_id: str) -> Any:
    return signing_keys.signing_key("google", key_id, lambda: _certs(adapter))


def _certs(adapter: Adapter) -> Any:
    """Download the keys from the first URL that does not refuse; raises an Outcome, at once if Google is away."""
    for url in CERTS:
        try:
            return adapter.call("GET", url)
        except OurFault as outcome:
            refusal: Outcome = outcome
    raise refusal
