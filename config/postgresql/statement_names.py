"""Names of prepared statements that are made from what they say, so that two of one name are one statement.

psycopg counts (`_pg3_0`, `_pg3_1`), for each client anew. Where a pooler gives one server connection to several
clients, one then executes what another prepared, and is answered with the rows of another query. With these names it
is told that there is no such statement, or that there is one already.
"""

import hashlib

from psycopg._preparing import Prepare, PrepareManager
from psycopg._queries import PostgresQuery


class NamedByText(PrepareManager):
    def get(self, query: PostgresQuery, prepare: bool | None = None) -> tuple[Prepare, bytes]:
        todo, name = super().get(query, prepare)
        return todo, name_of(query) if todo is Prepare.SHOULD else name


def name_of(query: PostgresQuery) -> bytes:
    """The same for the same text with parameters of the same types, in every process; below PostgreSQL's 63 bytes."""
    told = b"%s %r" % (query.query, query.types)
    return b"connect_" + hashlib.blake2b(told, digest_size=20).hexdigest().encode()
