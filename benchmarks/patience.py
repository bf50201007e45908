"""Asking a database that may be away for a moment."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


def patiently(query: Callable[[], T]) -> T:
    for _ in range(100):
        try:
            return query()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.1)
    return query()
