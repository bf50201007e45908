"""Our own access tokens, as allauth makes them: what they say, and how they are read."""

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
"""Seconds by which the clock of the host that made a token may be ahead of the one that reads it."""
NONCE = 16
REMEMBERED = 4096
"""Tokens whose signature a process does not check again: about 2 KB each, those used last."""


class TokenStrategy(JWTTokenStrategy):
    """Adds to the JWT what changes with the password, so that checking it needs no session data.

    Tokens say that they were made a moment ago: allauth takes none whose time has not come yet, and hosts' clocks
    differ. Their end stays where it is.
    """

    def get_claims(self, user: Any) -> dict[str, Any]:
        return {PASSWORD_CLAIM: password_mark(user)}

    def create_access_token(self, request: Any) -> str | None:
        return _made_earlier(super().create_access_token(request))

    def create_access_token_payload(self, request: Any) -> dict[str, Any] | None:
        told = super().create_access_token_payload(request)
        return told and told | {"refresh_token": _made_earlier(told["refresh_token"])}

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        made = super().refresh_token(_signed_anew(refresh_token))
        return made and (str(_made_earlier(made[0])), str(_made_earlier(made[1])))

    def _get_access_token(self, request: Any) -> dict[str, Any] | None:
        """What allauth's own calls read of a bearer token."""
        text = get_authorization_credential(request, app_settings.JWT_AUTHORIZATION_HEADER_SCHEME)
        known = internal.validate_access_token(_signed_anew(text)) if text else None
        return known[1] if known else None


def _signed_anew(token: str) -> str:
    """A token of a SECRET_KEY of before, as if today's had signed it: allauth knows no other. Others as they are."""
    try:
        claims, secret = _claims(token)
    except NotOurs:
        return token
    session_key = _session_key(claims, secret)
    if secret == settings.SECRET_KEY or not session_key:
        return token
    claims["sid"] = internal.session_key_to_sid(session_key)
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=settings.HEADLESS_JWT_ALGORITHM)


def _made_earlier(token: str | None) -> str | None:
    if not token:
        return token
    claims = jwt.decode(token, options={"verify_signature": False})  # made just now, by us
    claims["iat"] -= LEEWAY
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=settings.HEADLESS_JWT_ALGORITHM)


def password_mark(user: User, secret: str = "") -> str:
    """Another one after each new password, and when all of the user's sessions are ended; `secret` signs the token.

    Not Django's session hash, which derives a key and a password's hash anew: every call asks for this. BLAKE2 is
    keyed by itself; an HMAC lets another thread go first.
    """
    known = f"access token:{user.sessions_ended}:{user.password}"
    key = sha256((secret or settings.SECRET_KEY).encode()).digest()
    return blake2b(known.encode(), key=key, digest_size=8).hexdigest()


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
        """Whether it was made under the password that the user has now."""
        return constant_time_compare(self.password_mark, password_mark(user, self.secret))


class NotOurs(Exception):
    pass


def read_access_token(text: str) -> AccessToken | None:
    """What a token that we signed says; None if it is another's, of another kind, or over.

    Whether its session lives and the password is still the same is asked with every call, elsewhere.
    """
    try:
        token = _signed_by_us(text)
    except NotOurs:
        return None
    return token if token.expires > timezone.now().timestamp() else None


@lru_cache(maxsize=REMEMBERED)
def _signed_by_us(text: str) -> AccessToken:
    """An app sends the same token for a quarter of an hour. What is no token of ours is not remembered: it raises."""
    claims, secret = _claims(text)
    if claims.get("token_use") != "access":
        raise NotOurs
    user_id, session_key = claims.get("sub", ""), _session_key(claims, secret)
    if not (session_key and user_id.isdigit() and len(user_id) <= MAX_ID_DIGITS):
        raise NotOurs
    return AccessToken(int(user_id), session_key, str(claims.get(PASSWORD_CLAIM, "")), claims.get("exp", 0), secret)


def _claims(text: str) -> tuple[dict[str, Any], str]:
    """What a token of ours says, and the SECRET_KEY that signed it, today's first; raises NotOurs.

    As allauth's own `decode_token`, whose settings cost a third of it: they are looked up for each token.
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
    """The session that a token names, sealed with the key that signed it: as allauth's `session_key_from_sid`."""
    try:
        sealed = base64.b64decode(str(claims.get("sid", "")))
        cipher = Cipher(AES(sha256(secret.encode()).digest()), CTR(sealed[:NONCE]))
        opening = cipher.decryptor()
        return (opening.update(sealed[NONCE:]) + opening.finalize()).decode() or None
    except ValueError:  # no base64, too short, no text
        return None
