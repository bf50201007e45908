"""Authenticates callers by allauth's tokens, with one query: a sign-out, new password or lock takes effect at once."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from connect.database.prepared import prepared
from connect.models import User
from social_auth.sign_in.access_tokens import AccessToken, read_access_token


class BearerAuthentication(BaseAuthentication):
    """An access token, read from its header alone, where DRF's own class copies all headers."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, *texts = request.META.get("HTTP_AUTHORIZATION", "").split() or [""]
        if scheme.lower() != "bearer":
            return None
        token = read_access_token(texts[0]) if len(texts) == 1 else None
        user = _user_of(token, request) if token else None
        if user is None or token is None:
            raise AuthenticationFailed
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionTokenAuthentication(XSessionTokenAuthentication):
    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        if not self.get_session_token(request):
            return None
        user_and_session = super().authenticate(request)
        if user_and_session is None or not user_and_session[0].is_active:
            raise AuthenticationFailed
        return user_and_session

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


SESSION_FIELDS = ["id", "password", "email", "is_active", "sessions_ended"]
"""In the order of the model's declaration."""
SESSION_USER = """
    SELECT u.id, u.password, u.email, u.is_active, u.sessions_ended
    FROM connect_user u
    WHERE u.id = %s AND u.is_active
      AND EXISTS (SELECT 1 FROM connect_session s WHERE s.session_key = %s AND s.expire_date > %s)
"""
"""Every call makes this query: in SQL, as the ORM takes longer to build it than PostgreSQL to answer it."""


def _user_of(token: AccessToken, request: Request) -> User | None:
    """Return the user of a live session whose password is still the one the token was made under."""
    params = [token.user_id, token.session_key, timezone.now()]
    records = request.parser_context["view"].read_with_caller(token.user_id)
    rows = records.fetch_with(SESSION_USER, params) if records else prepared(SESSION_USER, params)
    user = User.from_db("default", SESSION_FIELDS, rows[0]) if rows else None
    if user and token.fits(user):
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
