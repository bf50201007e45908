"""A connection to whichever of a host's addresses answers first, within one deadline for all (after RFC 8305)."""

import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from errno import EINPROGRESS

from social_auth.wire.resolver import Address

HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it, if there is time for all of them."""


def dial(addresses: Sequence[Address], deadline: float) -> socket.socket:
    """Connect to one of the addresses; raises OSError: why the last one failed, or TimeoutError.

    The deadline is in time.monotonic() seconds.
    """
    with selectors.DefaultSelector() as attempts:
        try:
            won = _first_of(deque(addresses), attempts, deadline)
            attempts.unregister(won)
        finally:
            for attempt in list(attempts.get_map().values()):
                attempts.unregister(attempt.fileobj)
                attempt.data.close()
    won.setblocking(True)
    return won


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
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no address answered in time")
        for key, _ in attempts.select(min(left, head_start) if waiting else left):
            error_number = key.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not error_number:
                return key.data
            failure = OSError(error_number, os.strerror(error_number))
            attempts.unregister(key.fileobj)
            key.data.close()
    raise failure


def _begin(address: Address, attempts: selectors.BaseSelector) -> None:
    """Begin to connect; the selector tells how it went."""
    family, kind, protocol, _, place = address
    attempt = socket.socket(family, kind, protocol)
    attempt.setblocking(False)
    attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    error_number = attempt.connect_ex(place)
    if error_number not in (0, EINPROGRESS):
        attempt.close()
        raise OSError(error_number, os.strerror(error_number))
    attempts.register(attempt, selectors.EVENT_WRITE, attempt)
