"""Where PostgreSQL should be, and why it does not answer: the pool's own error says only that it took too long."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

CONNECT_SECONDS = 3
"""For the one attempt that is made to learn the cause."""


def place() -> str:
    """Where the database is, without its password."""
    database = settings.DATABASES["default"]
    hosts, ports = str(database.get("HOST") or "localhost").split(","), str(database.get("PORT") or "").split(",")
    addresses = zip_longest(hosts, ports[: len(hosts)], fillvalue=ports[-1])
    return ",".join(f"{host}:{port}" if port else host for host, port in addresses) + f"/{database['NAME']}"


def why_away() -> str:
    """Connect without the pool and return the cause of the failure in one line; empty if the database answers."""
    names = ("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "target_session_attrs")
    parameters = {name: value for name, value in connection.get_connection_params().items() if name in names}
    try:
        psycopg.connect(**parameters, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        return cause_of(error)
    return ""


def cause_of(error: Exception) -> str:
    """Shorten a driver's error of many lines to the last cause of its first attempt."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line_of_cause = next((line for line in lines if "failed: " in line), lines[0] if lines else type(error).__name__)
    return line_of_cause.rpartition("failed: ")[2]


@contextmanager
def exit_if_database_is_away(command: str) -> Iterator[None]:
    """Exit with where and why if the command fails because the database is away; other errors rise."""
    try:
        yield
    except (OperationalError, InterfaceError):
        cause = why_away()
        if not cause:
            raise
        sys.exit(f"{command}: the database at {place()} is away: {cause}")
