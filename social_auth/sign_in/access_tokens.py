"""Our own access tokens, which allauth makes: their claims, and how they are read."""

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any

import jwt
from allauth.core.internal.httpkit import get_authorization_credential
from allauth.headless import app_settings
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy, internal
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from connect.models import User
from connect.secret_keys.secret_key import secret_key_and_fallbacks

PASSWORD_CLAIM = "pwd"
MAX_ID_DIGITS = 18
LEEWAY = 30
"""Seconds by which the clock of the host that makes a token may be ahead of the host that reads it."""
NONCE = 16
REMEMBERED = 4096
"""Verified tokens that a process caches, so as not to check their signatures again: about 2 KB each."""


class TokenStrategy(JWTTokenStrategy):
    """Adds a claim to the JWT that changes with the password, so that checking it needs no session data.

    Tokens are backdated by LEEWAY: allauth refuses a token of the future, and hosts' clocks differ. They expire when
    they would have.
    """

    def get_claims(self, user: Any) -> dict[str, Any]:
        return {PASSWORD_CLAIM: password_mark(user)}

    def create_access_token(self, request: Any) -> str | None:
        return _backdated(super().create_access_token(request))

    def create_access_token_payload(self, request: Any) -> dict[str, Any] | None:
        payload = super().create_access_token_payload(request)
        return payload and payload | {"refresh_token": _backdated(payload["refresh_token"])}

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        tokens = super().refresh_token(_signed_by_todays_key(refresh_token))
        return tokens and (str(_backdated(tokens[0])), str(_backdated(tokens[1])))

    def _get_access_token(self, request: Any) -> dict[str, Any] | None:
        """The claims of the bearer token, for allauth's own calls."""
        text = get_authorization_credential(request, app_settings.JWT_AUTHORIZATION_HEADER_SCHEME)
        user_and_claims = internal.validate_access_token(_signed_by_todays_key(text)) if text else None
        return user_and_claims[1] if user_and_claims else None


def _signed_by_todays_key(token: str) -> str:
    """Sign a token of an earlier SECRET_KEY with today's, the only key that allauth knows; others stay."""
    try:
        claims, secret = _claims(token)
    except NotOurs:
        return token
    session_key = _session_key(claims, secret)
    if secret == settings.SECRET_KEY or not session_key:
        return token
    claims["sid"] = internal.session_key_to_sid(session_key)
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=settings.HEADLESS_JWT_ALGORITHM)


def _backdated(token: str | None) -> str | None:
    if not token:
        return token
    claims = jwt.decode(token, options={"verify_signature": False})  # made just now, by us
    claims["iat"] -= LEEWAY
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=settings.HEADLESS_JWT_ALGORITHM)


def password_mark(user: User, secret: str = "") -> str:
    """A hash that changes with each new password, and when all of the user's sessions are ended.

    `secret` is the key that signs the token. Django's session hash would derive a key each time, and every call needs
    this one. BLAKE2 has a key parameter; an HMAC would release the GIL and let other threads run first.
    """
    text = f"access token:{user.sessions_ended}:{user.password}"
    key = sha256((secret or settings.SECRET_KEY).encode()).digest()
    return blake2b(text.encode(), key=key, digest_size=8).hexdigest()


@dataclass(frozen=True)
class AccessToken:
    user_id: int
    session_key: str
    password_mark: str
    expires: float
    """Seconds since the epoch."""
    secret: str = field(repr=False)
    """The SECRET_KEY that signed it."""

    def fits(self, user: User) -> bool:
        """Whether it was made under the user's current password."""
        return constant_time_compare(self.password_mark, password_mark(user, self.secret))


class NotOurs(Exception):
    pass


def read_access_token(text: str) -> AccessToken | None:
    """Read an access token that we signed; None for any other token, or an expired one.

    Whether its session exists and the password is the same is checked by `authentication.py` in each call.
    """
    try:
        token = _signed_by_us(text)
    except NotOurs:
        return None
    return token if token.expires > timezone.now().timestamp() else None


@lru_cache(maxsize=REMEMBERED)
def _signed_by_us(text: str) -> AccessToken:
    """Verify a token; cached, as an app sends the same one for a quarter of an hour. Raises NotOurs, uncached."""
    claims, secret = _claims(text)
    if claims.get("token_use") != "access":
        raise NotOurs
    user_id, session_key = claims.get("sub", ""), _session_key(claims, secret)
    if not (session_key and user_id.isdigit() and len(user_id) <= MAX_ID_DIGITS):
        raise NotOurs
    return AccessToken(int(user_id), session_key, str(claims.get(PASSWORD_CLAIM, "")), claims.get("exp", 0), secret)


def _claims(text: str) -> tuple[dict[str, Any], str]:
    """The claims of a token of ours, and the SECRET_KEY that signed it, trying today's first; raises NotOurs.

    Does what allauth's `decode_token` does, which spends a third of its time on looking up settings.
    """
    for secret in secret_key_and_fallbacks():
        try:
            return jwt.decode(text, secret, algorithms=[settings.HEADLESS_JWT_ALGORITHM]), secret
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError as error:
            raise NotOurs from error
    raise NotOurs


def _session_key(claims: dict[str, Any], secret: str) -> str | None:
    """Decrypt the session key in a token with the key that signed it, as allauth's `session_key_from_sid` does."""
    try:
        sealed = base64.b64decode(str(claims.get("sid", "")))
        cipher = Cipher(AES(sha256(secret.encode()).digest()), CTR(sealed[:NONCE]))
        opening = cipher.decryptor()
        return (opening.update(sealed[NONCE:]) + opening.finalize()).decode() or None
    except ValueError:  # no base64, too short, no text
        return None
