"""The catalogue of errors, made from the error classes themselves."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string

from connect.errors import ApiError, ResourceNotFound
from connect.moderation.claims import LimitReached
from connect.moderation.kinds import kinds


def catalogue() -> dict[str, dict[str, object]]:
    """Every code that an answer may carry: its statuses, its message and what the app should do."""
    _ = get_resolver().url_patterns  # loads every view, and what it may raise
    for path in settings.MIDDLEWARE:
        import_string(path)  # middleware raises errors too
    codes: dict[str, dict[str, object]] = {}
    for error in sorted(_classes(ApiError), key=lambda error: (error.status_code, error.code)):
        for code, message in _codes(error):
            codes.setdefault(code, {"statuses": _statuses(error), "message": message, "do": error.remedy})
    return codes


def _classes(base: type[ApiError]) -> Iterator[type[ApiError]]:
    yield base
    for subclass in base.__subclasses__():
        yield from _classes(subclass)


def _codes(error: type[ApiError]) -> list[tuple[str, str]]:
    """The codes of this class, each with its message: some classes have a code for each kind of record."""
    if error is ResourceNotFound:
        return [_code_and_message(ResourceNotFound(noun)) for noun in (*kinds(), "receipt")]
    if error is LimitReached:
        return [_code_and_message(LimitReached(noun)) for noun in kinds()]
    return [(error.code, error.message)] if "code" in vars(error) else []


def _code_and_message(error: ApiError) -> tuple[str, str]:
    return error.code, error.message


def _statuses(error: type[ApiError]) -> str:
    """Its own status, and those of other classes with the same code."""
    others = {error_class.status_code for error_class in _classes(ApiError) if error_class.code == error.code} - {
        error.status_code
    }
    return ", ".join(str(int(status)) for status in (error.status_code, *sorted(others)))
