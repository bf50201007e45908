"""The anticipated errors of the contract: each class is one row of its table."""

from http import HTTPStatus
from typing import Any

from rest_framework import exceptions


class ApiError(exceptions.APIException):
    """An anticipated refusal. `extra` goes into the answer beside error and message."""

    status_code: int = HTTPStatus.BAD_REQUEST
    code = "validation_error"
    message = "Invalid input"

    def __init__(self, message: str | None = None, **extra: Any) -> None:
        self.message = message or self.message
        self.extra = {name: value for name, value in extra.items() if value is not None}
        super().__init__(self.message, self.code)
        if retry_after := self.extra.get("retry_after"):
            self.wait = retry_after  # DRF's handler turns it into Retry-After

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.code, "message": self.message, **self.extra}


class ValidationFailed(ApiError):
    pass


class AuthenticationRequired(ApiError):
    status_code = HTTPStatus.UNAUTHORIZED
    code = "authentication_required"
    message = "Authentication is required for this endpoint"


class InvalidAccessToken(ApiError):
    status_code = HTTPStatus.UNAUTHORIZED
    code = "invalid_access_token"
    message = "Invalid or expired access token"


class PermissionDenied(ApiError):
    status_code = HTTPStatus.FORBIDDEN
    code = "permission_denied"
    message = "You don't have permission to access this network"


class NotFound(ApiError):
    status_code = HTTPStatus.NOT_FOUND
    code = "not_found"
    message = "Not found"


class ResourceNotFound(NotFound):
    def __init__(self, noun: str) -> None:
        self.code = f"{noun}_not_found"
        super().__init__(f"{noun.capitalize()} not found")


class MethodNotAllowed(ApiError):
    status_code = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    message = "This call is made with POST"


class PayloadTooLarge(ApiError):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "payload_too_large"
    message = "The body is larger than 64 KiB"


class UnsupportedMediaType(ApiError):
    status_code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"
    message = "Send JSON, a form or multipart"


class RateLimited(ApiError):
    status_code = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"
    message = "Too many requests"


class ServiceUnavailable(ApiError):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    code = "service_unavailable"
    message = "The service is unavailable for a moment"
