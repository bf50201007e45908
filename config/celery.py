import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_process_init, worker_ready

from config.environment import PLANNING_QUEUE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("connect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["config"])


@worker_init.connect
def check_token_keys(**_: object) -> None:
    from config.start import refuse_unfit_servers
    from social_auth.credentials.key_checks import refuse_wrong_keys

    refuse_unfit_servers()
    refuse_wrong_keys()
    leave_no_connection()


def leave_no_connection() -> None:
    """Close what the checks at the start opened, and the pools it came from.

    Celery closes the file descriptors of open connections before it sets a worker process up, also in a solo pool,
    where the process is the same: a connection that lived on would read from whatever got that number next.
    """
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


@worker_ready.connect
def tell_of_token_keys(sender: Any, **_: object) -> None:
    """Once its children are there, which would inherit the thread's half of a connection."""
    from social_auth.credentials.key_holders import announce

    taken = set(sender.app.amqp.queues.consume_from)
    if PLANNING_QUEUE in taken:
        announce("planner")
    if taken - {PLANNING_QUEUE}:
        announce("worker")


@beat_init.connect
def tell_of_beat(**_: object) -> None:
    from social_auth.credentials.key_holders import announce

    announce("beat")


@worker_init.connect
def give_a_silent_database_up(**_: object) -> None:
    from django.conf import settings

    from config.postgresql.patience import give_up_after

    give_up_after(settings.DATABASE_SILENT_SECONDS)


@worker_process_init.connect
def observe(**_: object) -> None:
    from config.observability import set_up

    set_up("connect-worker")


@app.on_after_configure.connect
def carry_request_ids(**_: object) -> None:
    import config.observability  # noqa: F401 - connects to Celery's signals
