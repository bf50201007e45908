"""How long staff stay signed in: so many hours from the sign-in, and so many minutes from the last page.

Both stand in the session itself, as the moment when it ends: it is worth nothing from then on, to the API neither.
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
"""Where apps call and sign in: such a session opens no page of the staff's."""
BEGAN = "staff_sign_in_at"
NOTED_EVERY = 60
"""Seconds between two writes of the session: who clicks often must not write with each page."""


def listen() -> None:
    user_logged_in.connect(_begin, dispatch_uid="staff sitting")


def sitting(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: with each page of theirs staff may stay for as long again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_page = not request.path_info.startswith(APP_PATHS)
        if is_page and settings.SESSION_COOKIE_NAME in request.COOKIES:
            with suppress(OperationalError, InterfaceError):  # the page itself says that the database is away
                _take_note(request)
        return get_response(request)

    return middleware


def _take_note(request: HttpRequest) -> None:
    if request.user.is_authenticated and request.user.is_staff:
        _go_on(request, timezone.now())


def _begin(request: Any, user: Any, **_: Any) -> None:
    if user.is_staff and request is not None and not request.path_info.startswith(APP_PATHS):
        request.session[BEGAN] = timezone.now().timestamp()
        _go_on(request, timezone.now())


def _go_on(request: HttpRequest, now: datetime) -> None:
    began = request.session.get(BEGAN)
    if began is None:  # a session of an earlier release, or one that began as somebody's who became staff
        return logout(request)
    whole = datetime.fromtimestamp(began, now.tzinfo) + settings.STAFF_SESSION
    ends = min(whole, now + settings.STAFF_IDLE)
    if abs((ends - request.session.get_expiry_date()).total_seconds()) >= NOTED_EVERY:
        request.session.set_expiry(ends)
    return None
