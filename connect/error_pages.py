"""Errors as people read them: pages in the moderation site, where calls get the contract's JSON.

The pages need neither the database nor a session, since one of these may be what is wrong.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from connect.api import answers
from connect.errors import ApiError, InternalError, PermissionDenied, ServiceUnavailable
from connect.public_pages import page

SITE = "/admin/"
WORDS = {
    400: ("This could not be read", "What was sent has characters that nothing here can store, or is damaged."),
    403: ("This is not for you", "Your role does not allow it. Whoever manages the staff's roles can change yours."),
    404: (
        "There is nothing here",
        "Its creator may have had the record erased, or the address is mistyped.",
    ),
    413: ("This is too much at once", "Choose fewer records, or write less."),
    500: (
        "Something went wrong on our side",
        "It is in the log under the number below. Nothing was changed by halves.",
    ),
    503: ("The service is away for a moment", "Reload in a few seconds. What was decided before is kept."),
}
TOO_OLD = (
    "This form is too old",
    "Nothing was changed. Go back, reload the page and send it again. If that does not help, allow cookies here.",
)


def answer(request: HttpRequest, error: ApiError) -> HttpResponse:
    """Say what is wrong to whoever asked: a person at the moderation site, or an app."""
    if not request.path_info.startswith(SITE):
        return answers.as_response(error)
    title, words = WORDS.get(error.status_code, ("This cannot be done", error.message))
    return _page(request, error.status_code, title, words)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path_info.startswith(SITE):
        return answers.not_found(request, exception)
    return _page(request, 404, *WORDS[404])


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, InternalError())


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without its token, wherever it is."""
    return _page(request, 403, *TOO_OLD)


def _page(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    context = {"heading": title, "words": words, "status": status, "number": getattr(request, "request_id", "")}
    at_desk = request.path_info.startswith(SITE)
    context |= {"queue": reverse("desk-queue"), "front": reverse("admin:index")} if at_desk else {}
    response = page(request, "connect/error_page.html", context, status=status)
    if status == ServiceUnavailable.status_code:
        response["Retry-After"] = "5"
    return response
