"""Looks host names up within a deadline: the system's resolver has none, and may take half a minute to give up."""

import ipaddress
import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

LOOK_UPS = 16
"""At the same time; each look-up that hangs holds a thread until the system gives it up."""
Address = tuple[Any, ...]
"""As socket.getaddrinfo returns it: family, type, protocol, canonical name, socket address."""


class Resolver:
    """Looks names up for all threads of a process; threads that ask for the same name wait for one look-up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], Future[list[Address]]] = {}

    def resolve(self, host: str, port: int, deadline: float) -> list[Address]:
        """Return the addresses in the order to try them; raises OSError (TimeoutError among them) or ValueError.

        The deadline is in time.monotonic() seconds.
        """
        if _is_address(host):
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return self._look_up(host, port).result(max(deadline - time.monotonic(), 0.0))

    def _look_up(self, host: str, port: int) -> "Future[list[Address]]":
        with self._lock:
            if running := self._running.get((host, port)):
                return running
            if len(self._running) >= LOOK_UPS:
                raise TimeoutError("too many names are being looked up")
            future: Future[list[Address]] = Future()
            threading.Thread(target=self._ask, args=(host, port, future), name="resolver", daemon=True).start()
            self._running[host, port] = future
            return future

    def _ask(self, host: str, port: int, future: "Future[list[Address]]") -> None:
        try:
            future.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError, OverflowError) as error:
            future.set_exception(error)
        finally:
            with self._lock:
                del self._running[host, port]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
