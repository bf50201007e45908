"""Where PostgreSQL should be and why it is not: the pool only says that there was no connection in time."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

SECONDS = 3
"""For the one attempt that is made to hear the cause."""


def place() -> str:
    """Where the database is, without its password."""
    one = settings.DATABASES["default"]
    hosts, ports = str(one.get("HOST") or "localhost").split(","), str(one.get("PORT") or "").split(",")
    each = zip_longest(hosts, ports[: len(hosts)], fillvalue=ports[-1])
    return ",".join(f"{host}:{port}" if port else host for host, port in each) + f"/{one['NAME']}"


def why_away() -> str:
    """The cause in one line, of an attempt past the pool; empty if the database answers."""
    wanted = ("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "target_session_attrs")
    given = {name: one for name, one in connection.get_connection_params().items() if name in wanted}
    try:
        psycopg.connect(**given, connect_timeout=SECONDS).close()
    except psycopg.OperationalError as error:
        return cause_of(error)
    return ""


def cause_of(error: Exception) -> str:
    """What a driver says in many lines, in one: the last cause of the first attempt."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if "failed: " in line), lines[0] if lines else type(error).__name__)
    return said.rpartition("failed: ")[2]


@contextmanager
def told_in_one_line(command: str) -> Iterator[None]:
    """Exit with where and why if the command fails because the database is away; other errors rise."""
    try:
        yield
    except (OperationalError, InterfaceError):
        cause = why_away()
        if not cause:
            raise
        sys.exit(f"{command}: the database at {place()} is away: {cause}")
