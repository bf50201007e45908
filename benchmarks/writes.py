"""What reading an account writes: bytes of the log, updates, those that leave every index alone, and dead rows."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.refreshing import PLENTY
from benchmarks.servers import BIN
from benchmarks.stage import manage, sandbox

USERS, PARTS = 2_000, 10
"""Creators with five accounts each; of all accounts a part is due at a time, as scattered as in a year's table."""
DUE = """
UPDATE networks_socialnetwork SET next_refresh_at = now() - random() * interval '1 hour', read_at = NULL
WHERE abs(hashint8(id)) %% %s = %s
"""
UNSWEPT = """
DO $$ DECLARE swept text; BEGIN
    FOR swept IN SELECT relid::regclass FROM pg_stat_user_tables LOOP
        EXECUTE 'ALTER TABLE ' || swept || ' SET (autovacuum_enabled = false)';
    END LOOP;
END $$
"""
COUNTS = "SELECT relname, n_tup_upd, n_tup_hot_upd, n_tup_ins, n_tup_del, n_dead_tup FROM pg_stat_user_tables"
COLUMNS = ("updates", "HOT", "inserts", "deletes", "dead rows")
LOG = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"


def run() -> None:
    """Read each account once, so that its page is as it will ever be, and once more on another day."""
    os.environ |= PLENTY
    with sandbox(), _database() as database:
        manage("seed_demo", "--users", str(USERS))
        database.execute(UNSWEPT)
        for part in range(PARTS):
            _read(database, part)
        database.execute("UPDATE connect_followerreading SET day = day - 1")
        database.execute("VACUUM (FULL, ANALYZE)")
        log, changes = 0, Counter[tuple[str, str]]()
        for part in range(PARTS):
            written, changed = _read(database, part)
            log, changes = log + written, changes + changed
        _tell(log, changes)


@contextmanager
def _database() -> Iterator[psycopg.Connection]:
    """The server, without the whole pages that it writes after each checkpoint, whenever that is."""
    with psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True) as database:
        try:
            database.execute("ALTER SYSTEM SET full_page_writes = off")
            database.execute("SELECT pg_reload_conf()")
            yield database
        finally:
            database.execute("ALTER SYSTEM RESET full_page_writes")
            database.execute("SELECT pg_reload_conf()")


def _read(database: psycopg.Connection, part: int) -> tuple[int, Counter[tuple[str, str]]]:
    """Let a part be read; return what that wrote to the log, and what it did to each table."""
    database.execute(DUE, [PARTS, part])
    database.execute("VACUUM")  # of what that left: nothing else sweeps here, so that what is left can be counted
    before, start = _counts(database), database.execute(LOG).fetchone()[0]
    command = [str(BIN / "python"), "-m", "benchmarks.refreshing"]
    subprocess.run(command, check=True, env=os.environ, stdout=subprocess.DEVNULL)
    written = database.execute(LOG).fetchone()[0] - start
    unread = "SELECT count(*) FROM networks_socialnetwork WHERE abs(hashint8(id)) %% %s = %s AND read_at IS NULL"
    if left := database.execute(unread, [PARTS, part]).fetchone()[0]:
        raise RuntimeError(f"{left} accounts were not read")
    after = _counts(database)
    after.subtract(before)
    return written, Counter({key: count for key, count in after.items() if count})


def _counts(database: psycopg.Connection) -> Counter[tuple[str, str]]:
    database.execute("SELECT pg_stat_force_next_flush()")
    rows = database.execute(COUNTS).fetchall()
    return Counter({(table, name): n for table, *counts in rows for name, n in zip(COLUMNS, counts, strict=True)})


def _tell(log: int, changes: Counter[tuple[str, str]]) -> None:
    accounts = USERS * 5
    print(f"\nReading an account writes {log / accounts:,.0f} bytes of log ({accounts:,} accounts, {PARTS} rounds)\n")
    print(f"| table | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}")
    for table in sorted({table for table, _ in changes}):
        cells = [f"{changes[table, name] / accounts:.2f}" for name in COLUMNS]
        if any(float(cell) for cell in cells):
            print(f"| {table} | {' | '.join(cells)} |")
