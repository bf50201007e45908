"""The catalogue of errors, read from the classes that are raised."""

from collections.abc import Iterator

from connect.errors import ApiError, ResourceNotFound
from connect.moderation import kinds


def catalogue() -> dict[str, dict[str, object]]:
    """Every code that an answer may carry: its statuses, its message and what the app should do."""
    told: dict[str, dict[str, object]] = {}
    for error in sorted(_classes(ApiError), key=lambda one: (one.status_code, one.code)):
        for code in _codes(error) if error is ResourceNotFound or "code" in vars(error) else ():
            told.setdefault(code, {"statuses": _statuses(error), "message": _message(error, code), "do": error.remedy})
    return told


def _classes(base: type[ApiError]) -> Iterator[type[ApiError]]:
    yield base
    for one in base.__subclasses__():
        yield from _classes(one)


def _codes(error: type[ApiError]) -> list[str]:
    return [f"{noun}_not_found" for noun in (*kinds(), "receipt")] if error is ResourceNotFound else [error.code]


def _statuses(error: type[ApiError]) -> str:
    """Its own status, and those under which others say the same code."""
    others = {one.status_code for one in _classes(ApiError) if one.code == error.code} - {error.status_code}
    return ", ".join(str(int(status)) for status in (error.status_code, *sorted(others)))


def _message(error: type[ApiError], code: str) -> str:
    return f"{code.removesuffix('_not_found').capitalize()} not found" if error is ResourceNotFound else error.message
