"""The strict reader of JSON and forms, for what callers and providers send: returns plain data, or raises Unreadable.

It refuses what PostgreSQL cannot store, what would exhaust the parser, and what two readers could read differently.
"""

import json
import math
import re
from typing import Any
from urllib.parse import parse_qsl

MAX_BODY = 64 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 20
MAX_FIELDS = 200
SECURITY_EVENT = "application/secevent+jwt"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unreadable(ValueError):
    """The message tells the caller what cannot be read; `field` where, if that is known."""

    def __init__(self, message: str, field: str = "body") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def read_json(raw: bytes, *, repair: bool = False) -> Any:
    """Parse JSON strictly; raises Unreadable.

    With `repair`, NUL and lone surrogates become U+FFFD and the last of two equal keys wins: names at providers contain
    such characters, and must not make a profile unreadable.
    """
    text = read_text(raw)
    _refuse_depth(text)
    try:
        data = (LENIENT if repair else STRICT).decode(text)
    except json.JSONDecodeError as error:
        raise Unreadable("The body is not valid JSON") from error
    return _repaired(data) if repair else _storable(data)


def read_form(raw: bytes) -> dict[str, Any]:
    """Parse a URL-encoded body into nested data, `a[b]=c` becoming {"a": {"b": "c"}}; raises Unreadable."""
    try:
        pairs = parse_qsl(
            read_text(raw), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError as error:
        raise Unreadable("The body is not valid UTF-8") from error
    except ValueError as error:
        raise Unreadable("The body has too many fields") from error
    return nest(pairs)


def read_text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("The body is not valid UTF-8") from error
    if text.startswith("\ufeff"):
        raise Unreadable("The body starts with a byte order mark")
    return text


def nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Turn form pairs into nested data; raises Unreadable for a field twice, too deep, contradictory or numbered."""
    data: dict[str, Any] = {}
    for key, value in pairs:
        *parents, last = _path(key)
        _refuse_unstorable(value, parents[0] if parents else last)
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise Unreadable(f"{key} contradicts another field", parents[0])
        if last in place:
            raise Unreadable(f"{key} is given more than once", parents[0] if parents else last)
        place[last] = value
    return data


def _path(key: str) -> list[str]:
    _refuse_unstorable(key, "body")
    if "[" not in key:
        return [key]
    match = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]*\])+)", key)
    if not match:
        raise Unreadable(f"{key[:64]} is not a field name")
    names = match[2][1:-1].split("][")
    if any(name.isdecimal() for name in names):
        raise Unreadable(f"{match[1][:64]} is sent as a list: send lists as JSON", match[1][:64])
    if len(names) > MAX_DEPTH or "" in names:
        raise Unreadable(f"{match[1][:64]} is nested too deeply or without a name", match[1][:64])
    return [match[1], *names]


def _refuse_depth(text: str) -> None:
    """Count brackets before parsing: the parser itself would overflow the stack."""
    depth = 0
    # A possessive quantifier and an optional closing quote: no input makes the search go back.
    for token in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', text, re.DOTALL):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(f"The body is nested more than {MAX_DEPTH} levels deep")
        elif mark in "]}":
            depth -= 1


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise Unreadable(f"A number has more than {MAX_DIGITS} digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unreadable("A number is too large")
    return value


def _refuse_constant(name: str) -> None:
    raise Unreadable(f"{name} is not valid JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        _refuse_unstorable(double, "body")
        raise Unreadable(f"{double[:64]} is given more than once", double[:64])
    return data


STRICT, LENIENT = (
    json.JSONDecoder(parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant, object_pairs_hook=hook)
    for hook in (_unique, None)
)


def _refuse_unstorable(text: str, field: str) -> None:
    if UNSTORABLE.search(text):
        raise Unreadable("NUL characters and lone surrogates are not allowed", UNSTORABLE.sub("?", field)[:64])


def _storable(data: Any, field: str = "body") -> Any:
    if isinstance(data, str):
        _refuse_unstorable(data, field)
    elif isinstance(data, dict):
        for key, value in data.items():
            _refuse_unstorable(key, field)
            _storable(value, key if field == "body" else field)
    elif isinstance(data, list):
        for value in data:
            _storable(value, field)
    return data


def _repaired(data: Any) -> Any:
    if isinstance(data, str):
        return UNSTORABLE.sub("\ufffd", data)
    if isinstance(data, dict):
        return {_repaired(key): _repaired(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_repaired(value) for value in data]
    return data
