"""The one way out: every provider call ends within its deadline, stays small, follows no redirect and leaks nothing."""

import io
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import connection
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from connect.strict_input import Unreadable, read_json
from social_auth.outcomes import Unavailable

DEADLINE = 8.0
CONNECT = 3.0
MAX_ANSWER = 1_000_000
PLACES = 8
_places: dict[str, threading.BoundedSemaphore] = {}
_call = threading.local()


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
    """Make one call; raises Unavailable for whatever is not an answer. The deadline covers dripping servers too."""
    _call.deadline = min(time.monotonic() + DEADLINE, getattr(_call, "whole", math.inf))
    left = _call.deadline - time.monotonic()
    if left <= 0:
        raise Unavailable("out of time")
    sent = {"Accept": "application/json", "User-Agent": "connect-api", **(headers or {})}
    if bearer:
        sent["Authorization"] = f"Bearer {bearer}"
    try:
        with _place(urlsplit(url).netloc):
            return _answer(
                method, url, left, params=params, data=form, json=json, headers=sent, auth=basic or _no_netrc
            )
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise Unavailable(type(error).__name__) from None  # the original carries the URL, and with it the token


def _answer(method: str, url: str, seconds: float, **arguments: Any) -> Answer:
    response = _session().request(
        method,
        _address(url),
        timeout=(min(CONNECT, seconds), seconds),
        allow_redirects=False,
        stream=True,
        **arguments,
    )
    with response:
        raw = _read(response)
    if 300 <= response.status_code < 400:
        raise Unavailable("redirect")
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, _parsed(response, raw))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let all calls of this thread inside the block end within so many seconds together."""
    _call.whole = time.monotonic() + seconds
    try:
        yield
    finally:
        _call.whole = math.inf


def release_database() -> None:
    """Give the thread's database connection back for the length of a provider call, unless a transaction needs it."""
    if not connection.in_atomic_block:
        connection.close()


@contextmanager
def _place(host: str) -> Iterator[None]:
    """Take one of the provider's places: one that hangs may hold some threads, never all."""
    places = _places.setdefault(host, threading.BoundedSemaphore(PLACES))
    if not places.acquire(blocking=False):
        raise Unavailable("all places taken", retry_after=1)
    try:
        yield
    finally:
        places.release()


def _parsed(response: requests.Response, raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return read_json(raw, repair=True)
    except Unreadable:
        if response.status_code >= 400:
            return None  # an error page of a gateway: the status says enough
        raise Unavailable("unreadable answer") from None


def _address(url: str) -> str:
    """Send `https://HOST/path` to the stand-in's `/HOST/path`, if there is one."""
    if not settings.CONNECT_PROVIDER_PROXY:
        return url
    parts = urlsplit(url)
    return f"{settings.CONNECT_PROVIDER_PROXY.rstrip('/')}/{parts.netloc}{parts.path}"


def _read(response: requests.Response) -> bytes:
    raw = bytearray()
    for chunk in response.raw.stream(65536, decode_content=True):
        raw += chunk
        if len(raw) > MAX_ANSWER:
            raise Unavailable("answer too large")
    return bytes(raw)


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _session() -> requests.Session:
    """One session a thread: its pool keeps connections to the providers open."""
    session = getattr(_call, "session", None)
    if session is None:
        session = _call.session = requests.Session()
        session.trust_env = False
        session.mount("https://", DeadlineAdapter())
        session.mount("http://", DeadlineAdapter())
    return session


class DeadlineReader(io.RawIOBase):
    """Reads a socket with what is left of the call's time, so that a server cannot gain time by dripping."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _call.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("deadline")
        self.sock.settimeout(left)
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(DeadlineReader(sock))


class DeadlineHTTPConnection(HTTPConnection):
    response_class = DeadlineResponse


class DeadlineHTTPSConnection(HTTPSConnection):
    response_class = DeadlineResponse


class DeadlineHTTPPool(HTTPConnectionPool):
    ConnectionCls = DeadlineHTTPConnection


class DeadlineHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineHTTPSConnection


class DeadlineAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": DeadlineHTTPPool, "https": DeadlineHTTPSPool}
