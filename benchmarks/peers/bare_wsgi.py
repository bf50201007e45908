"""The least that can do the work: a WSGI callable, psycopg, orjson."""

from collections.abc import Callable, Iterable
from typing import Any

import jwt
import orjson
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from benchmarks.peers.work import ACTIVE, DATABASE_URL, NETWORKS, user_of

pool = ConnectionPool(DATABASE_URL, min_size=4, max_size=20, kwargs={"row_factory": dict_row, "autocommit": True})


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    try:
        user = user_of(environ.get("HTTP_AUTHORIZATION", ""))
    except jwt.PyJWTError:
        start_response("401 Unauthorized", [])
        return [b""]
    with pool.connection() as connection:
        if connection.execute(ACTIVE, [user]).fetchone() is None:
            start_response("401 Unauthorized", [])
            return [b""]
        rows = connection.execute(NETWORKS, [user]).fetchall()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [orjson.dumps({"networks": rows}, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)]
