"""HTTP with one deadline for the whole call: name look-up, connecting, TLS, headers and body.

Connections are shared by all threads of a process and stay open between calls.
"""

import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import certifi
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from social_auth.wire.dialer import dial
from social_auth.wire.resolver import Resolver

CONNECT = 3.0
"""Seconds that all addresses of a host have together."""
PIECE = 16_384
"""Bytes that TLS sends in one record."""
KEPT_OPEN = 8
"""Idle connections to one host."""
HOSTS = 50
"""More than all providers have together; with more, the longest unused would be closed."""
_thread = threading.local()


class Client:
    """A pool of connections. Providers and webhooks have one each, so that neither can use up the other's.

    `check` is called with all addresses of a host before connecting, and raises if one must not be connected to.
    """

    def __init__(self, check: Callable[[list[str]], None] = lambda addresses: None, cafile: str | None = None) -> None:
        self._check = check
        self._resolver = Resolver()
        self._pools = PoolManager(HOSTS, maxsize=KEPT_OPEN, ssl_context=ssl.create_default_context(cafile=cafile))
        self._pools.pool_classes_by_scheme = {"http": DeadlineHTTPPool, "https": DeadlineHTTPSPool}

    def send(
        self, method: str, url: str, *, body: str | None, headers: dict[str, str], deadline: float
    ) -> BaseHTTPResponse:
        """Send a request whose answer must be read by this thread before the deadline, in time.monotonic() seconds.

        Follows no redirect and does not retry; raises HTTPError, OSError, ValueError, and what `check` raises.
        """
        _thread.client, _thread.deadline = self, deadline
        left, parts = _seconds_left(), urlsplit(url)
        pool = self._pools.connection_from_host(parts.hostname, parts.port, parts.scheme)
        return pool.urlopen(
            method,
            f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
            body=body,
            headers=headers,
            timeout=Timeout(connect=left, read=left),
            retries=False,
            redirect=False,
            preload_content=False,
        )

    def connect(self, host: str, port: int, deadline: float) -> socket.socket:
        addresses = self._resolver.resolve(host, port, deadline)
        self._check([str(address[4][0]) for address in addresses])
        return dial(addresses, min(deadline, time.monotonic() + CONNECT))


def send(method: str, url: str, **arguments: Any) -> BaseHTTPResponse:
    """Send a request to a provider, as Client.send does."""
    return _providers().send(method, url, **arguments)


@cache
def _providers() -> Client:
    return Client(cafile=certifi.where())


os.register_at_fork(after_in_child=_providers.cache_clear)  # a connection serves one process


def _seconds_left() -> float:
    """Seconds left for this thread's call; raises TimeoutError if none are."""
    left: float = _thread.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("deadline")
    return left


class DeadlineReader(io.RawIOBase):
    """Reads a socket within the call's deadline, so that a server cannot gain time by sending byte by byte."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self.sock.settimeout(_seconds_left())
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
    """Connects, sends and reads within the call's deadline."""

    response_class = DeadlineResponse

    def _new_conn(self) -> socket.socket:
        try:
            connected: socket.socket = _thread.client.connect(self._dns_host, self.port, _thread.deadline)
            connected.settimeout(_seconds_left())  # holds for all steps of the TLS handshake together
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error
        return connected

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), PIECE):  # a time-out holds for one write
            self.sock.settimeout(_seconds_left())
            super().send(data[start : start + PIECE])


class DeadlineHTTPSConnection(DeadlineHTTPConnection, HTTPSConnection):
    pass


class DeadlineHTTPPool(HTTPConnectionPool):
    ConnectionCls = DeadlineHTTPConnection


class DeadlineHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineHTTPSConnection
