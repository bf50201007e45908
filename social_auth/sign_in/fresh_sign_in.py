"""Requires a sign-in of the last five minutes for calls that a borrowed session must not be enough for."""

import time
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, cast

from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.internal.sessionkit import lookup_session
from django.http import HttpRequest
from rest_framework.request import Request

from connect.api.answers import as_response
from connect.errors import ApiError
from connect.models import User
from social_auth.connections.sign_ins import proves_its_person, sign_in_of
from social_auth.sign_in.access_tokens import AccessToken


class FreshSignInRequired(ApiError):
    status_code = HTTPStatus.FORBIDDEN
    code = "fresh_sign_in_required"
    message = "Sign in again to do this"
    remedy = (
        "Let the person sign in again, by password or provider, or send the password to "
        "`/_allauth/app/v1/auth/reauthenticate`, and repeat the call within five minutes. An account that has signed "
        "the person in for less than seven days does not count, unless they signed up by it."
    )


def require_fresh_sign_in(request: Request) -> None:
    """Raise FreshSignInRequired unless the caller signed in or up, or gave the password again, within five minutes.

    Refreshing a token is no sign-in.
    """
    session = cast(Any, request.auth)
    if isinstance(session, AccessToken):
        session = lookup_session(session.session_key)
    if not _is_fresh(cast(User, request.user), session):
        raise FreshSignInRequired


def require_fresh_session(request: HttpRequest) -> None:
    """The same for allauth's own calls: raises the answer itself."""
    if not _is_fresh(cast(User, request.user), request.session):
        raise ImmediateHttpResponse(as_response(FreshSignInRequired()))


def _is_fresh(user: User, session: Any) -> bool:
    records = get_authentication_records(SimpleNamespace(session=session or {}), user)
    if not records:  # a sign-up leaves no record: then the account's age counts
        return bool(time.time() - user.date_joined.timestamp() <= REAUTHENTICATION_TIMEOUT)
    recent = (record for record in records if time.time() - record["at"] <= REAUTHENTICATION_TIMEOUT)
    return any(_shows_who(user, record) for record in recent)


def _shows_who(user: User, record: dict[str, Any]) -> bool:
    if "uid" not in record:  # a password or a second factor
        return True
    sign_in = sign_in_of(record["provider"], record["uid"])
    return sign_in is not None and sign_in.user_id == user.pk and proves_its_person(sign_in)
