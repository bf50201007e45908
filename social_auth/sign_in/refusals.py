"""Adds the contract's `error` and `message` to allauth's refusals; allauth's own fields stay."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from connect.errors import ApiError, AuthenticationRequired, NotFound, PermissionDenied, ValidationFailed

OPENS_A_SESSION = "/_allauth/app/v1/tokens/refresh"


class InvalidRefreshToken(ApiError):
    code = "invalid_refresh_token"
    message = "Invalid or expired refresh token"
    remedy = "Let the person sign in again: a refresh token is good once, and the newest answer has the next one."


class SignInUnfinished(ApiError):
    status_code = 401
    code = "sign_in_unfinished"
    message = "The sign-in is not finished: `data.flows` says what is pending"
    remedy = "Go on with the flow of `data.flows` that `is_pending`, with `meta.session_token` as `X-Session-Token`."


class SignInConflict(ApiError):
    status_code = 409
    code = "sign_in_conflict"
    message = "Somebody is signed in already, or the step that this call finishes was not begun"
    remedy = "Ask `GET /_allauth/app/v1/auth/session` who is signed in and what is pending, or sign out first."


class SessionGone(ApiError):
    status_code = 410
    code = "session_gone"
    message = "The session is over"
    remedy = "Forget its tokens, and let the person sign in again."


BY_STATUS: dict[int, Callable[[], ApiError]] = {
    400: ValidationFailed,
    401: AuthenticationRequired,
    403: lambda: PermissionDenied("You don't have permission to do this"),
    404: NotFound,
    409: SignInConflict,
    410: SessionGone,
}


def add_contract_fields(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: add `error` and `message`, and for wrong input `field`, to allauth's refusals."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path_info.startswith("/_allauth/") and response.status_code in BY_STATUS:
            _rewrite(response, renews=request.path_info == OPENS_A_SESSION)
        return response

    return respond


def _rewrite(response: HttpResponse, *, renews: bool) -> None:
    body = json.loads(response.content) if response.get("Content-Type", "").startswith("application/json") else {}
    if "status" in body and "error" not in body:
        response.content = json.dumps(with_contract_fields(body, renews=renews)).encode()


def with_contract_fields(body: dict[str, Any], *, renews: bool = False) -> dict[str, Any]:
    """Return allauth's body with the contract's fields before it; `renews` is a call that posts a refresh token."""
    if renews and body["status"] == 400 and not body.get("errors"):
        return InvalidRefreshToken().body | body
    if body.get("errors"):
        errors = [_field(error) for error in body["errors"]]
        return ValidationFailed(errors[0]["message"], field=errors[0]["field"]).body | body | {"errors": errors}
    if body["status"] == 401 and any(flow.get("is_pending") for flow in body.get("data", {}).get("flows", ())):
        return SignInUnfinished().body | body
    return BY_STATUS[body["status"]]().body | body


def _field(error: dict[str, Any]) -> dict[str, Any]:
    return {"field": error.get("param", "body"), **error}
