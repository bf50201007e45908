"""Who calls: allauth's tokens, checked in one query so that a sign-out, a new password or a lock counts at once."""

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
    """An access token in the one header that is read for it: not all that a request has, as DRF's own would."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, *rest = request.META.get("HTTP_AUTHORIZATION", "").split() or [""]
        if scheme.lower() != "bearer":
            return None
        token = read_access_token(rest[0]) if len(rest) == 1 else None
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
        found = super().authenticate(request)
        if found is None or not found[0].is_active:
            raise AuthenticationFailed
        return found

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


SESSION_FIELDS = ["id", "password", "email", "is_active", "sessions_ended"]
"""In the order in which the model declares them."""
SESSION_USER = """
    SELECT u.id, u.password, u.email, u.is_active, u.sessions_ended
    FROM connect_user u
    WHERE u.id = %s AND u.is_active
      AND EXISTS (SELECT 1 FROM connect_session s WHERE s.session_key = %s AND s.expire_date > %s)
"""
"""Asked by every call: in SQL, as building it through the ORM costs more than PostgreSQL needs to answer it."""


def _user_of(token: AccessToken, request: Request) -> User | None:
    """Return the user of a live session whose password is still the one the token was made under."""
    who = [token.user_id, token.session_key, timezone.now()]
    records = request.parser_context["view"].read_with_caller(token.user_id)
    rows = records.fetch_with(SESSION_USER, who) if records else prepared(SESSION_USER, who)
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
