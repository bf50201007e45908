"""Callers with live sessions, as signing in leaves them."""

from allauth.headless.tokens.strategies.jwt.internal import create_access_token
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from connect.models import User
from social_auth.authentication import TokenStrategy


def tokens(count: int) -> list[str]:
    ids = list(User.objects.order_by("pk").values_list("pk", flat=True))
    step = max(len(ids) // count, 1)
    return [_token(user) for user in User.objects.filter(pk__in=ids[::step][:count])]


def _token(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return create_access_token(user, session, TokenStrategy().get_claims(user))
