"""Connects to whichever of a host's addresses answers first, within one deadline for all (after RFC 8305)."""

import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from errno import EINPROGRESS

from social_auth.wire.resolver import Address

HEAD_START = 0.25
"""Seconds before the next address is tried in parallel; less if there is not enough time for all."""


def dial(addresses: Sequence[Address], deadline: float) -> socket.socket:
    """Connect to one of the addresses; raises TimeoutError, or the OSError of the last that failed.

    The deadline is in time.monotonic() seconds.
    """
    with selectors.DefaultSelector() as attempts:
        try:
            connected = _first_of(deque(addresses), attempts, deadline)
            attempts.unregister(connected)
        finally:
            for attempt in list(attempts.get_map().values()):
                attempts.unregister(attempt.fileobj)
                attempt.data.close()
    connected.setblocking(True)
    return connected


def _first_of(waiting: deque[Address], attempts: selectors.BaseSelector, deadline: float) -> socket.socket:
    failure: OSError = OSError("no address to connect to")
    head_start = min(HEAD_START, (deadline - time.monotonic()) / (2 * len(waiting))) if waiting else 0.0
    while waiting or attempts.get_map():
        if waiting:
            try:
                _begin(waiting.popleft(), attempts)
            except OSError as error:
                failure = error
                continue
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("no address answered in time")
        for key, _ in attempts.select(min(seconds_left, head_start) if waiting else seconds_left):
            error_number = key.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not error_number:
                return key.data
            failure = OSError(error_number, os.strerror(error_number))
            attempts.unregister(key.fileobj)
            key.data.close()
    raise failure


def _begin(address: Address, attempts: selectors.BaseSelector) -> None:
    """Start to connect; the selector reports the result."""
    family, kind, protocol, _, place = address
    attempt = socket.socket(family, kind, protocol)
    attempt.setblocking(False)
    attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    error_number = attempt.connect_ex(place)
    if error_number not in (0, EINPROGRESS):
        attempt.close()
        raise OSError(error_number, os.strerror(error_number))
    attempts.register(attempt, selectors.EVENT_WRITE, attempt)
