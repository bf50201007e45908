"""Connections that keep to a deadline, shared by all threads of a process and kept open between calls."""

import io
import os
import socket
import ssl
import threading
import time
from functools import cache
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import certifi
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT = 3.0
KEPT_OPEN = 8
"""Connections to one host that wait for the next call."""
HOSTS = 50
"""More than all providers have; beyond it the longest unused would be closed."""
_thread = threading.local()


def send(method: str, url: str, *, body: str | None, headers: dict[str, str], deadline: float) -> BaseHTTPResponse:
    """Send a request whose answer must be read by this thread before the deadline, in time.monotonic() seconds.

    Follows no redirect and tries once; raises HTTPError, OSError or ValueError.
    """
    _thread.deadline = deadline
    left, parts = deadline - time.monotonic(), urlsplit(url)
    pool = _pools().connection_from_host(parts.hostname, parts.port, parts.scheme)
    return pool.urlopen(
        method,
        f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
        body=body,
        headers=headers,
        timeout=Timeout(connect=min(CONNECT, left), read=left),
        retries=False,
        redirect=False,
        preload_content=False,
    )


@cache
def _pools() -> PoolManager:
    pools = PoolManager(HOSTS, maxsize=KEPT_OPEN, ssl_context=ssl.create_default_context(cafile=certifi.where()))
    pools.pool_classes_by_scheme = {"http": DeadlineHTTPPool, "https": DeadlineHTTPSPool}
    return pools


os.register_at_fork(after_in_child=_pools.cache_clear)  # a connection serves one process


class DeadlineReader(io.RawIOBase):
    """Reads a socket with what is left of the call's time, so that a server cannot gain time by dripping."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _thread.deadline - time.monotonic()
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
