"""The catalogue of errors, read from the classes that are raised."""

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
        import_string(path)  # which refuses as well
    told: dict[str, dict[str, object]] = {}
    for error in sorted(_classes(ApiError), key=lambda one: (one.status_code, one.code)):
        for code, message in _codes(error):
            told.setdefault(code, {"statuses": _statuses(error), "message": message, "do": error.remedy})
    return told


def _classes(base: type[ApiError]) -> Iterator[type[ApiError]]:
    yield base
    for one in base.__subclasses__():
        yield from _classes(one)


def _codes(error: type[ApiError]) -> list[tuple[str, str]]:
    """Its codes, each with its message: some have one for each kind of record."""
    if error is ResourceNotFound:
        return [_told(ResourceNotFound(noun)) for noun in (*kinds(), "receipt")]
    if error is LimitReached:
        return [_told(LimitReached(noun)) for noun in kinds()]
    return [(error.code, error.message)] if "code" in vars(error) else []


def _told(error: ApiError) -> tuple[str, str]:
    return error.code, error.message


def _statuses(error: type[ApiError]) -> str:
    """Its own status, and those under which others say the same code."""
    others = {one.status_code for one in _classes(ApiError) if one.code == error.code} - {error.status_code}
    return ", ".join(str(int(status)) for status in (error.status_code, *sorted(others)))
