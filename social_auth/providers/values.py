"""Reading values from providers' answers, whatever type they have: no malformed value gets past these functions."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from connect.api.fields import MAX_COUNT
from social_auth.wire.outcomes import Unavailable, WrongUser

MAX_UID = 191


def require_user(user_id: str, *ids: str) -> None:
    """Raise WrongUser unless the app named one of the account's ids, or none at all."""
    if user_id and user_id not in ids:
        raise WrongUser


def as_object(body: Any, *path: str) -> dict[str, Any]:
    """Return the object at `path` in an answer; raises Unavailable if there is none."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    if not isinstance(body, dict):
        raise Unavailable("unexpected answer")
    return body


def as_uid(value: Any) -> str:
    """Return an id, text or whole number, as text; raises Unavailable for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_UID or not value.isprintable():
        raise Unavailable("an id is missing or odd")
    return value


def as_count(value: Any) -> int | None:
    """Return a count given as a number or as digits; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,11}", value, re.ASCII):
        value = int(value)
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def as_flag(value: Any) -> bool | None:
    """Return a bool; None for anything else."""
    return value if isinstance(value, bool) else None


def as_text(value: Any, most: int = 200) -> str:
    return value[:most] if isinstance(value, str) else ""


def as_time(value: Any) -> datetime | None:
    """Return a moment given as Unix seconds, a number or digits; None for zero and for anything else."""
    seconds = as_count(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def as_moment(value: Any) -> datetime | None:
    """Return a moment given in ISO 8601 with its offset; None for anything else."""
    try:
        moment = datetime.fromisoformat(as_text(value, 40))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def as_day(value: Any) -> str:
    """The UTC day of a moment in ISO 8601 as text; empty for anything else, and if the day is outside the calendar."""
    try:
        moment = as_moment(value)
        return moment.astimezone(UTC).date().isoformat() if moment else ""
    except OverflowError:
        return ""


def as_list(body: Any, *path: str) -> list[dict[str, Any]]:
    """Return the objects in the list at `path` of an answer, none if it is left out; raises Unavailable if no list."""
    listed = as_object(body, *path[:-1]).get(path[-1], [])
    if not isinstance(listed, list):
        raise Unavailable("no list in the answer")
    return [item for item in listed if isinstance(item, dict)]


def end_after(seconds: Any) -> datetime | None:
    """Return the moment so many seconds from now, at most ten years; None if there is no such number."""
    count = as_count(seconds)
    return timezone.now() + timedelta(seconds=min(count, 10 * 365 * 86400)) if count else None


def known_only(**extra: Any) -> dict[str, Any]:
    """The fields of extra data that the provider filled."""
    return {name: value for name, value in extra.items() if value not in (None, "")}


def scope_names(text: Any) -> tuple[str, ...]:
    """The names of scopes, whether in a text with spaces or commas, or in a list."""
    parts: Iterable[Any] = (
        re.split(r"[\s,]+", text) if isinstance(text, str) else text if isinstance(text, list) else ()
    )
    return tuple(part[:100] for part in parts if isinstance(part, str) and part)[:50]
