"""Our own access tokens, as allauth makes them: what they say, and how they are read."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any

import jwt
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt.internal import session_key_from_sid
from django.conf import settings
from django.utils import timezone

from connect.models import User

PASSWORD_CLAIM = "pwd"  # noqa: S105 - the claim's name
MAX_ID_DIGITS = 18
LEEWAY = 30
"""Seconds by which the clock of the host that made a token may be ahead of the one that reads it."""
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
        made = super().refresh_token(refresh_token)
        return made and (str(_made_earlier(made[0])), str(_made_earlier(made[1])))


def _made_earlier(token: str | None) -> str | None:
    if not token:
        return token
    claims = jwt.decode(token, options={"verify_signature": False})  # made just now, by us
    claims["iat"] -= LEEWAY
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=settings.HEADLESS_JWT_ALGORITHM)


def password_mark(user: User) -> str:
    """Another one after each new password, and when all of the user's sessions are ended.

    Not Django's session hash, which derives a key and a password's hash anew: every call asks for this. BLAKE2 is
    keyed by itself; an HMAC lets another thread go first.
    """
    known = f"access token:{user.sessions_ended}:{user.password}"
    key = sha256(settings.SECRET_KEY.encode()).digest()
    return blake2b(known.encode(), key=key, digest_size=8).hexdigest()


@dataclass(frozen=True)
class AccessToken:
    user_id: int
    session_key: str
    password_mark: str
    expires: float
    """Seconds since the epoch."""


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
    claims = _claims(text)
    user_id, session_key = claims.get("sub", ""), session_key_from_sid(str(claims.get("sid", "")))
    if not (session_key and user_id.isdigit() and len(user_id) <= MAX_ID_DIGITS):
        raise NotOurs
    return AccessToken(int(user_id), session_key, str(claims.get(PASSWORD_CLAIM, "")), claims.get("exp", 0))


def _claims(text: str) -> dict[str, Any]:
    """As allauth's own `decode_token`, whose settings cost a third of it: they are looked up for each token."""
    try:
        claims = jwt.decode(text, settings.SECRET_KEY, algorithms=[settings.HEADLESS_JWT_ALGORITHM])
    except jwt.PyJWTError as error:
        raise NotOurs from error
    if claims.get("token_use") != "access":
        raise NotOurs
    return claims
