"""The anticipated errors of the contract: each class is one row of its table."""

from http import HTTPStatus
from typing import Any

from rest_framework import exceptions


class ApiError(exceptions.APIException):
    """An anticipated refusal. `extra` goes into the answer beside error and message."""

    status_code: int = HTTPStatus.BAD_REQUEST
    code = "validation_error"
    message = "Invalid input"
    remedy = "Correct what `field` names; `errors` has all that is wrong if it is more than one."
    """What the app should do, for docs/errors.md."""

    def __init__(self, message: str | None = None, **extra: Any) -> None:
        self.message = message or self.message
        self.extra = {name: value for name, value in extra.items() if value is not None}
        super().__init__(self.message, self.code)

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.code, "message": self.message, **self.extra}


class ValidationFailed(ApiError):
    pass


class AuthenticationRequired(ApiError):
    status_code = HTTPStatus.UNAUTHORIZED
    code = "authentication_required"
    message = "Authentication is required for this endpoint"
    remedy = "Sign in, and send the access token as `Authorization: Bearer`."


class HttpsRequired(ApiError):
    status_code = HTTPStatus.FORBIDDEN
    code = "https_required"
    message = "Call this with https: what was sent just now could be read by others"
    remedy = "Correct the address in the app. A redirect would hide that tokens and passwords go out unencrypted first."


class InvalidAccessToken(ApiError):
    status_code = HTTPStatus.UNAUTHORIZED
    code = "invalid_access_token"
    message = "Invalid or expired access token"
    remedy = (
        "With 401 it is our token: get a new one with the refresh token, or sign in. With 400 it is the provider's: "
        "let the creator sign in at the provider again; the session here is fine."
    )


class InternalError(ApiError):
    """The answer to an unanticipated error, made outside of DRF; nothing raises it."""

    status_code = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"
    message = "Something went wrong on our side"
    remedy = "Repeat the call once; if it stays, tell us the X-Request-ID."


class PermissionDenied(ApiError):
    status_code = HTTPStatus.FORBIDDEN
    code = "permission_denied"
    message = "You don't have permission to access this network"
    remedy = "It is another creator's, or suspended: show `status` and `next_steps` of the full view."

    @classmethod
    def to(cls, noun: str) -> "PermissionDenied":
        return cls(f"You don't have permission to access this {noun}")


class NotFound(ApiError):
    status_code = HTTPStatus.NOT_FOUND
    code = "not_found"
    message = "Not found"
    remedy = "Fetch the list again: the record, or the call, does not exist."


class ResourceNotFound(NotFound):
    def __init__(self, noun: str) -> None:
        self.code = f"{noun}_not_found"
        super().__init__(f"{noun.capitalize()} not found")


class MethodNotAllowed(ApiError):
    status_code = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    message = "This call is made with POST"
    remedy = "Use the method that the schema names, and the path with its last slash."


class PayloadTooLarge(ApiError):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "payload_too_large"
    message = "The body is larger than 64 KiB"
    remedy = "Send less; images and files are not taken here."


class UnsupportedMediaType(ApiError):
    status_code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"
    message = "Send JSON, a form or multipart"
    remedy = "Set Content-Type to `application/json`."


class RateLimited(ApiError):
    status_code = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"
    message = "Too many requests"
    remedy = "Wait for `retry_after` seconds. `RateLimit` in every answer says how many calls are left."


class ServiceUnavailable(ApiError):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    code = "service_unavailable"
    message = "The service is unavailable for a moment"
    remedy = "Repeat the call after `retry_after` seconds, with the same Idempotency-Key if it writes."
