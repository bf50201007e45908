"""Sessions and messages, for pages only: callers of the API authenticate by a header."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Message
from django.contrib.sessions.middleware import SessionMiddleware as Session
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from connect.error_pages import answer
from connect.errors import ServiceUnavailable

API_PATH = "/api/"


class PagesOnly:
    """Mixed into a middleware of Django's: skips it for calls of the API."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API_PATH):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class SessionMiddleware(PagesOnly, Session):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Answer 503 if the database is away when the session is saved."""
        try:
            return super().process_response(request, response)
        except (OperationalError, InterfaceError):
            return answer(request, ServiceUnavailable(retry_after=5))


class AuthenticationMiddleware(PagesOnly, Authentication):
    pass


class MessageMiddleware(PagesOnly, Message):
    pass
