"""The client for provider calls: each ends within a deadline, follows no redirect, and leaks nothing in its errors."""

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import dumps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import connection
from urllib3 import BaseHTTPResponse, make_headers
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from connect.api.strict_input import Unreadable, read_json
from social_auth.wire import transport
from social_auth.wire.outcomes import Unavailable, Unclear

DEADLINE = 8.0
MAX_ANSWER = 1_000_000
PLACES = 8
NEVER_SENT = (NewConnectionError, ConnectTimeoutError)
"""Errors before the provider can have received anything."""
_places: dict[str, threading.BoundedSemaphore] = {}
_call = threading.local()
os.register_at_fork(after_in_child=_places.clear)


@dataclass(frozen=True)
class Answer:
    """A provider's answer: `body` is parsed JSON, or None for an empty one."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: Any = field(repr=False)


def call(
    method: str,
    url: str,
    *,
    params: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
    json: dict[str, Any] | None = None,
    bearer: str = "",
    basic: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Make one call; raises Unavailable if there is no answer that we can read within the deadline."""
    deadline = min(time.monotonic() + DEADLINE, getattr(_call, "whole", math.inf))
    if deadline <= time.monotonic():
        raise Unavailable("out of time", retry_after=1)  # the provider was not called
    request_headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "connect-api"}
    request_headers |= headers or {}
    if bearer:
        request_headers["Authorization"] = f"Bearer {bearer}"
    try:
        request_headers |= make_headers(basic_auth=":".join(basic)) if basic else {}
        body = _body(form, json, request_headers)
        with _place(urlsplit(url).netloc):
            return _answer(method, address(url, params), body=body, headers=request_headers, deadline=deadline)
    except (HTTPError, OSError, ValueError) as error:
        # without the original error, which has the URL, and with it the token
        raise Unavailable(type(error).__name__, maybe_done=not isinstance(error, NEVER_SENT)) from None


def _body(form: dict[str, str] | None, json: dict[str, Any] | None, headers: dict[str, str]) -> str | None:
    """Encode the body, and add its Content-Type to the headers."""
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return urlencode(form)
    if json is not None:
        headers["Content-Type"] = "application/json"
        return dumps(json)
    return None


def _answer(method: str, url: str, **arguments: Any) -> Answer:
    response = transport.send(method, url, **arguments)
    try:
        raw = _read(response)
    finally:
        if response.closed:  # read to its end, or without a body: the connection can be reused
            response.release_conn()
        response.close()
    if 300 <= response.status < 400:
        raise Unclear("an answer that leads elsewhere")
    headers = {name.lower(): value for name, value in response.headers.itermerged()}
    return Answer(response.status, headers, _parsed(response.status, raw))


def seconds_left() -> float:
    """How long calls of this thread may still take; infinite outside of `within`."""
    return getattr(_call, "whole", math.inf) - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let all calls of this thread inside the block take no longer than so many seconds together."""
    outer = getattr(_call, "whole", math.inf)
    _call.whole = min(outer, time.monotonic() + seconds)
    try:
        yield
    finally:
        _call.whole = outer


def release_database() -> None:
    """Return the thread's database connection to the pool before a provider call, unless a transaction needs it."""
    if not connection.in_atomic_block:
        connection.close()


@contextmanager
def _place(host: str) -> Iterator[None]:
    """Take one of the provider's places, so that a provider that hangs cannot hold all threads."""
    places = _places.setdefault(host, threading.BoundedSemaphore(PLACES))
    if not places.acquire(blocking=False):
        raise Unavailable("all places taken", retry_after=1)
    try:
        yield
    finally:
        places.release()


def _parsed(status: int, raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return read_json(raw, repair=True)
    except Unreadable:
        if status >= 400:
            return None  # an error page of a gateway: the status says enough
        raise Unavailable("unreadable answer", maybe_done=True) from None


def address(url: str, params: dict[str, str] | None = None) -> str:
    """The URL to call: with a stand-in, its `/HOST/path` in place of `https://HOST/path`."""
    if settings.CONNECT_PROVIDER_PROXY:
        parts = urlsplit(url)
        url = f"{settings.CONNECT_PROVIDER_PROXY.rstrip('/')}/{parts.netloc}{parts.path}"
    return f"{url}?{urlencode(params)}" if params else url


def _read(response: BaseHTTPResponse) -> bytes:
    raw = bytearray()
    for chunk in response.stream(65536, decode_content=True):
        raw += chunk
        if len(raw) > MAX_ANSWER:
            raise Unavailable("answer too large", maybe_done=True)
    return bytes(raw)
