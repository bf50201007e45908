"""Who calls: allauth's tokens, checked in one query so that a sign-out, a new password or a lock counts at once."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication, XSessionTokenAuthentication
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt.internal import decode_token, session_key_from_sid
from django.contrib.sessions.models import Session
from django.db.models import Exists
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed

from connect.models import User

PASSWORD_CLAIM = "pwd"  # noqa: S105 - the claim's name


class TokenStrategy(JWTTokenStrategy):
    """Adds to the JWT what changes with the password, so that checking it needs no session data."""

    def get_claims(self, user: Any) -> dict[str, Any]:
        return {PASSWORD_CLAIM: user.get_session_auth_hash()[:16]}


class BearerAuthentication(JWTTokenAuthentication):
    def authenticate_credentials(self, key: str) -> tuple[User, dict[str, Any]]:
        payload = decode_token(key, "access")
        user = _user_of(payload) if payload else None
        if user is None or payload is None:
            raise AuthenticationFailed
        return user, payload


class SessionTokenAuthentication(XSessionTokenAuthentication):
    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        if not self.get_session_token(request):
            return None
        found = super().authenticate(request)
        if found is None or not found[0].is_active:
            raise AuthenticationFailed
        return found

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


def _user_of(payload: dict[str, Any]) -> User | None:
    """Return the user of a live session whose password is still the one the token was made under."""
    session_key = session_key_from_sid(payload["sid"])
    if not session_key or not payload["sub"].isdigit():
        return None
    session = Session.objects.filter(pk=session_key, expire_date__gt=timezone.now())
    user = User.objects.filter(Exists(session), pk=payload["sub"], is_active=True).first()
    if user and constant_time_compare(payload.get(PASSWORD_CLAIM, ""), user.get_session_auth_hash()[:16]):
        return user
    return None


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = SessionTokenAuthentication
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}
