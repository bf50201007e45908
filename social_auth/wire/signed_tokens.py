"""Validates JSON Web Tokens that a provider signed.

The header may name a key of the provider's own set and the one algorithm that we accept; a token whose header brings a
key, a URL or an extension along is refused (RFC 8725).
"""

import base64
import binascii
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from connect.api.strict_input import Unreadable, read_json
from social_auth.wire.signatures import Forged

LEEWAY = timedelta(seconds=60)
MAX_TOKEN = 8192
ALGORITHM = "RS256"
HEADERS = {"alg", "kid", "typ"}
MAX_KEY_ID = 200
KeyOf = Callable[[str], Any]


class ForSomebodyElse(Forged):
    """The token is valid, but was issued to another app."""


@dataclass(frozen=True)
class Expected:
    """What a token must contain to be accepted."""

    issuers: Collection[str]
    audiences: Collection[str]
    required: tuple[str, ...]
    kinds: Collection[str]
    """The values of the header's `typ` that are allowed, in lower case; the header may also have none."""


def read_token(text: str, expected: Expected, key_of: KeyOf) -> dict[str, Any]:
    """Return the claims of a token that the provider signed for us; raises Forged and its kinds.

    `key_of` returns the provider's public key for a key id, or None; its exceptions pass through.
    """
    header, claims = _parts(text)
    if header.get("alg") != ALGORITHM or not set(header) <= HEADERS:
        raise Forged
    if str(header.get("typ", "jwt")).lower() not in expected.kinds:
        raise Forged
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID or claims.get("iss") not in expected.issuers:
        raise Forged
    key = key_of(key_id)
    if key is None:
        raise Forged
    _check(text, key, expected)
    _check_audience(claims, expected.audiences)
    return claims


def signed_part(text: str) -> bytes:
    """The part that is signed; it identifies the token, whose signature can be written in more than one way."""
    return text.rpartition(".")[0].encode()


def issued_at(text: str) -> float:
    """When the provider signed the token, in seconds; only for a token that `read_token` has accepted."""
    return float(_parts(text)[1]["iat"])


def _parts(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    pieces = text.split(".")
    if len(pieces) != 3 or len(text) > MAX_TOKEN or not text.isascii():
        raise Forged
    try:
        header, claims = (read_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in pieces[:2])
    except (binascii.Error, ValueError, Unreadable) as error:
        raise Forged from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Forged
    return header, claims


def _check(text: str, key: Any, expected: Expected) -> None:
    """Check the signature and the times."""
    options = {"require": list(expected.required), "verify_aud": False, "verify_iss": False, "verify_jti": False}
    try:
        jwt.decode(text, key, algorithms=[ALGORITHM], options=options, leeway=LEEWAY)  # type: ignore[arg-type]
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError) as error:  # odd types in claims raise as they are
        raise Forged from error


def _check_audience(claims: dict[str, Any], ours: Collection[str]) -> None:
    """Each recipient of the token must be an app of ours.

    The app that requested it (`azp`) need not be: Google names the app's own Android client there, of the same
    project, and nobody else gets a token for our server.
    """
    audience = claims.get("aud")
    recipients = audience if isinstance(audience, list) else [audience]
    if not audience or not isinstance(claims.get("azp", ""), str):
        raise ForSomebodyElse
    if not all(isinstance(name, str) and name in ours for name in recipients):
        raise ForSomebodyElse
