"""Limits how long staff stay signed in: hours from the sign-in, and minutes from the last page.

The session's own expiry is set to the earlier of the two, so that the API does not accept it after that either.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout, user_logged_in
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from connect.page_middleware import API_PATH

APP_PATHS = (API_PATH, "/_allauth/")
"""Calls of apps; they do not extend a staff session."""
BEGAN = "staff_sign_in_at"
SECONDS_BETWEEN_WRITES = 60
"""Of the session, so that not every page writes it."""


def listen() -> None:
    user_logged_in.connect(_begin, dispatch_uid="staff sitting")


def session_limits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: each page extends a staff session."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_page = not request.path_info.startswith(APP_PATHS)
        if is_page and settings.SESSION_COOKIE_NAME in request.COOKIES:
            with suppress(OperationalError, InterfaceError):  # the page itself says that the database is away
                _extend_staff_session(request)
        return get_response(request)

    return middleware


def _extend_staff_session(request: HttpRequest) -> None:
    if request.user.is_authenticated and request.user.is_staff:
        _extend(request, timezone.now())


def _begin(request: Any, user: Any, **_: Any) -> None:
    if user.is_staff and request is not None and not request.path_info.startswith(APP_PATHS):
        request.session[BEGAN] = timezone.now().timestamp()
        _extend(request, timezone.now())


def _extend(request: HttpRequest, now: datetime) -> None:
    began = request.session.get(BEGAN)
    if began is None:  # of an earlier release, or of a user who has become staff since
        return logout(request)
    whole = datetime.fromtimestamp(began, now.tzinfo) + settings.STAFF_SESSION
    ends = min(whole, now + settings.STAFF_IDLE)
    if abs((ends - request.session.get_expiry_date()).total_seconds()) >= SECONDS_BETWEEN_WRITES:
        request.session.set_expiry(ends)
    return None
