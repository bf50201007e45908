"""Answers in JSON, with one shape for every error, whether DRF, a middleware or an error page raises it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.views import set_rollback

from connect.errors import (
    ApiError,
    AuthenticationRequired,
    InvalidAccessToken,
    MethodNotAllowed,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
    UnsupportedMediaType,
    ValidationFailed,
)

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_NON_STR_KEYS
SLASH_HINT = "The last slash counts: a redirect would lose what was posted"
logger = structlog.get_logger(__name__)
TRANSLATED: dict[type[Exception], type[ApiError]] = {
    exceptions.NotAuthenticated: AuthenticationRequired,
    exceptions.AuthenticationFailed: InvalidAccessToken,
    exceptions.PermissionDenied: PermissionDenied,
    DjangoPermissionDenied: PermissionDenied,
    exceptions.NotFound: NotFound,
    Http404: NotFound,
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
    exceptions.ParseError: ValidationFailed,
}


class Answer(HttpResponse):
    """A JSON response, without DRF's choice of a renderer. Times are `2024-01-01T00:00:00Z`, as in the spec."""

    def __init__(self, data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = orjson.dumps(data, option=OPTIONS)
        super().__init__(body, content_type="application/json", status=status, headers=headers)

    @property
    def data(self) -> Any:
        """The body as the caller will read it."""
        return orjson.loads(self.content)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Answer | None:
    """Give every anticipated error the contract's shape; any other rises and is a 500."""
    error = as_api_error(exc)
    if error is None:
        return None
    set_rollback()
    return as_response(error)


def as_api_error(exc: Exception) -> ApiError | None:
    """Return the contract's error for an anticipated exception of Django, DRF or the database; None for any other."""
    if isinstance(exc, ApiError):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return _from_validation(exc)
    if isinstance(exc, exceptions.Throttled):
        return RateLimited(retry_after=int(getattr(exc, "wait", None) or 1))
    if isinstance(exc, OperationalError | InterfaceError):
        logger.warning("database unavailable", error=type(exc).__name__)
        return ServiceUnavailable(retry_after=5)
    return next((error() for kind, error in TRANSLATED.items() if isinstance(exc, kind)), None)


def as_response(error: ApiError) -> Answer:
    answer = Answer(error.body, status=error.status_code)
    if "retry_after" in error.extra:
        answer["Retry-After"] = str(error.extra["retry_after"])
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return as_response(ValidationFailed(field="request"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Name the path that was meant, if only its last slash is wrong."""
    right_path = _path_with_right_slash(request.path_info)
    return as_response(NotFound(f"Not found: the path is {right_path}", hint=SLASH_HINT) if right_path else NotFound())


def _path_with_right_slash(path: str) -> str | None:
    """The path with its last slash, or without one, if we have such a page. The admin redirects its own paths."""
    bare = path.rstrip("/")
    for candidate in (f"{bare}/", bare):
        with suppress(Resolver404):
            if (
                candidate != path
                and resolve(candidate)
                and (candidate == "/admin/" or not candidate.startswith("/admin/"))
            ):
                return candidate
    return None


@csrf_exempt
def no_such_call(request: HttpRequest) -> HttpResponse:
    """The view of a library's call that we do not offer."""
    return as_response(NotFound())


def get_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse other methods with 405, where Django would answer a POST with its CSRF page."""

    @csrf_exempt
    @wraps(view)
    def guarded_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            answer = as_response(MethodNotAllowed("This is read with GET"))
            answer["Allow"] = "GET, HEAD"
            return answer
        return view(request, *args, **kwargs)

    return guarded_view


def _from_validation(exc: exceptions.ValidationError) -> ValidationFailed:
    problems = list(_flatten(exc.detail))
    first = problems[0]
    errors = [{"field": field, "message": message} for field, message in problems] if len(problems) > 1 else None
    return ValidationFailed(first[1], field=first[0], errors=errors)


def _flatten(detail: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            name = "body" if key == "non_field_errors" else str(key)
            yield from _flatten(inner, f"{field}.{name}" if field else name)
    elif isinstance(detail, list):
        yield from _flatten(detail[0], field) if detail else ()
    else:
        yield field or "body", str(detail)
