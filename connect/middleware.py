"""The middleware of every request: a request id, the input guard, and the audit trail's context."""

import random
import re
import time
from collections.abc import Callable
from http import HTTPMethod
from typing import Any

import pghistory
import structlog
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from prometheus_client import Histogram

from connect.api import strict_input
from connect.api.answers import as_response
from connect.api.requests import ConnectRequest
from connect.api.strict_input import MAX_BODY, UNSTORABLE, Unreadable, nest, read_form, read_json, read_text
from connect.error_pages import answer
from connect.errors import ApiError, HttpsRequired, PayloadTooLarge, RateLimited, ServiceUnavailable, ValidationFailed
from connect.logged_paths import path_without_secrets

GetResponse = Callable[[ConnectRequest], HttpResponse]
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
API_PATHS = ("/api/", "/_allauth/")
RATE_LIMIT_SECONDS = 60
READ_METHODS = ("GET", "HEAD", "OPTIONS")
WRITES_BY_GET = "/connect/callback/"
"""A browser that comes back from a provider connects an account here, by a GET."""
METHODS = frozenset(HTTPMethod)


logger = structlog.get_logger(__name__)
DURATION = Histogram(
    "http_server_request_duration_seconds",
    "How long requests took, by route; names as in OpenTelemetry's conventions",
    ["http_request_method", "http_route", "http_response_status_code"],
)


class RequestIdMiddleware:
    """Give every request an id (the caller's, if well-formed), log it and measure it; keep answers out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: ConnectRequest) -> HttpResponse:
        sent_id = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = sent_id if REQUEST_ID.fullmatch(sent_id) else _new_id()
        began = time.perf_counter()
        bound = structlog.contextvars.bind_contextvars(request_id=request.request_id)
        try:
            response = self.get_response(request)
            _log_and_measure(request, response.status_code, time.perf_counter() - began)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
        response["X-Request-ID"] = request.request_id
        if request.path_info.startswith(API_PATHS):
            response.setdefault("Cache-Control", "no-store")
        return response


def _new_id() -> str:
    """Like a UUID, but not unguessable: a system call for randomness would let another thread run first."""
    return f"{random.getrandbits(128):032x}"


def _log_and_measure(request: HttpRequest, status: int, seconds: float) -> None:
    # without the query, which may hold anything
    logger.info(
        "request",
        method=request.method,
        path=path_without_secrets(request.path),
        status=status,
        ms=round(seconds * 1000, 1),
    )
    method = request.method if request.method in METHODS else "_OTHER"
    route = request.resolver_match.route if request.resolver_match else ""
    DURATION.labels(method, route, status).observe(seconds)


class InputGuardMiddleware:
    """Refuse input that would be a 500 somewhere behind, in allauth and the admin as well.

    Parses the body of an API call, once, into `request.input_data`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: ConnectRequest) -> HttpResponse:
        try:
            self.check_envelope(request)
            if request.method not in READ_METHODS:
                request.input_data = self.read_body(request)
        except Unreadable as error:
            return answer(request, ValidationFailed(error.message, field=error.field))
        except ApiError as error:
            return answer(request, error)
        response = self.get_response(request)
        if request.path_info.startswith("/_allauth/") and _says_too_many(response):
            return as_response(
                RateLimited(retry_after=RATE_LIMIT_SECONDS)
            )  # allauth's own answer has neither our code nor a time
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 503 when the database is away, in allauth's calls and the admin as well."""
        if isinstance(exception, OperationalError | InterfaceError):
            return answer(request, ServiceUnavailable(retry_after=5))
        return None

    def check_envelope(self, request: HttpRequest) -> None:
        if settings.SECURE_SSL_REDIRECT and _is_api(request) and not _is_page(request) and not request.is_secure():
            raise HttpsRequired
        query = request.META.get("QUERY_STRING", "")
        texts = "\n".join((request.path_info, query, *_header_values(request)))
        if UNSTORABLE.search(texts) or "%00" in query or "%00" in request.path_info:
            raise Unreadable("NUL characters and lone surrogates are not allowed", "request")
        if query and _is_api(request):
            read_form(query.encode("latin-1", "replace"))

    def read_body(self, request: HttpRequest) -> object:
        if _content_length(request) > MAX_BODY:
            raise PayloadTooLarge
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            raise Unreadable("Send the body with a Content-Length, not in chunks")
        raw = request.body
        charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
        if raw and charset.lower().strip("\"'") not in ("utf-8", "utf8"):
            raise Unreadable("Only UTF-8 is accepted")
        if not _is_api(request):
            _check_page_form(request, raw)
            return None
        if request.path_info.startswith("/_allauth/"):
            return _headless_object(raw)  # allauth reads JSON whatever the content type says
        return _read_api_body(request, raw)


class AuditMiddleware:
    """Attach the request's id and path to every audited change that the request makes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: ConnectRequest) -> HttpResponse:
        reads = request.method in READ_METHODS and not request.path_info.startswith(WRITES_BY_GET)
        if reads or request.path_info.startswith("/api/get/"):
            return self.get_response(request)
        with pghistory.context(request=request.request_id, url=path_without_secrets(request.path)):
            return self.get_response(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PATHS)


def _is_page(request: HttpRequest) -> bool:
    """Whether people open it in a browser, though it lies among the calls: a redirect does no harm there."""
    return request.path_info.startswith("/api/docs/")


def _header_values(request: HttpRequest) -> list[str]:
    return [value for name, value in request.META.items() if name.startswith("HTTP_") and isinstance(value, str)]


def _says_too_many(response: HttpResponse) -> bool:
    """Whether allauth limits the caller: it answers 429, but a sign-in with 400 and a code of its own."""
    return response.status_code == 429 or (
        response.status_code == 400 and b'"too_many_login_attempts"' in response.content
    )


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _headless_object(raw: bytes) -> object:
    data = read_json(raw) if raw.strip() else {}
    if not isinstance(data, dict):
        raise Unreadable("The body must be a JSON object")
    return data


def _read_api_body(request: HttpRequest, raw: bytes) -> object:
    if not raw:
        return {}
    match request.content_type:
        case "application/json" | "":
            return {} if raw.strip() == b"null" else _headless_object(raw)  # typed clients send null for no body
        case "application/x-www-form-urlencoded":
            return read_form(raw)
        case "multipart/form-data":
            read_text(raw)
            return nest(_multipart_pairs(request, raw))
        case strict_input.SECURITY_EVENT:
            return read_text(raw)
    return None  # the view answers 415


def _multipart_pairs(request: HttpRequest, raw: bytes) -> list[tuple[str, str]]:
    post = _multipart(request)
    empty_body = f"--{(request.content_params or {}).get('boundary', '')}--".encode("latin-1", "replace")
    if not (post or request.FILES or raw.strip() == empty_body):
        raise Unreadable("The body is not valid multipart")  # Django reads a malformed body as an empty one
    if request.FILES:
        raise Unreadable("Files are not accepted", str(next(iter(request.FILES)))[:64])
    return [(key, value) for key, values in post.lists() for value in values]


def _multipart(request: HttpRequest) -> MultiValueDict[str, Any]:
    try:
        return request.POST
    except MultiPartParserError as error:
        raise Unreadable("The body is not valid multipart") from error
    except SuspiciousOperation as error:
        raise Unreadable("The body has too many fields") from error


def _check_page_form(request: HttpRequest, raw: bytes) -> None:
    """Check a form that a browser posts, in which a field may occur several times."""
    if not raw:
        return
    text = read_text(raw)
    values = [str(value) for _, listed in _multipart(request).lists() for value in listed]
    if "%00" in text or UNSTORABLE.search(text) or any(UNSTORABLE.search(value) for value in values):
        raise Unreadable("NUL characters and lone surrogates are not allowed")
