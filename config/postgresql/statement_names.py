"""Names a prepared statement by a hash of its text, so that two statements of one name are the same statement.

psycopg numbers them (`_pg3_0`, `_pg3_1`), each client from zero. Where a pooler gives one server connection to several
clients, a client would then execute what another prepared, and get the rows of another query. With these names it gets
an error instead: that there is no such statement, or that there is one already.
"""

import hashlib

from psycopg._preparing import Prepare, PrepareManager
from psycopg._queries import PostgresQuery


class NamedByText(PrepareManager):
    def get(self, query: PostgresQuery, prepare: bool | None = None) -> tuple[Prepare, bytes]:
        todo, name = super().get(query, prepare)
        return todo, name_of(query) if todo is Prepare.SHOULD else name


def name_of(query: PostgresQuery) -> bytes:
    """The name for this text and these parameter types, the same in every process; below PostgreSQL's 63 bytes."""
    query_and_types = b"%s %r" % (query.query, query.types)
    return b"connect_" + hashlib.blake2b(query_and_types, digest_size=20).hexdigest().encode()
