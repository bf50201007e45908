"""Indexes that a killed migration left half built."""

from typing import Any

INVALID = """
SELECT format('%I.%I', schema.nspname, name.relname) FROM pg_index AS index
JOIN pg_class AS name ON name.oid = index.indexrelid AND name.relkind = 'i'
JOIN pg_namespace AS schema ON schema.oid = name.relnamespace AND schema.nspname = current_schema()
WHERE NOT index.indisvalid AND index.indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index)
"""


def drop_invalid_indexes(database: Any) -> None:
    """Drop what a migration that was killed left half built: it serves nobody, and the next try finds its name taken.

    An index that somebody is building at this moment stays. Call it where only one process migrates.
    """
    with database.cursor() as cursor:
        cursor.execute(INVALID)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
