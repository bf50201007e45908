import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_before_create_process, worker_init, worker_process_init, worker_ready

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
    close_connections()


def close_connections() -> None:
    """Close the connections that the start-up checks opened, and their pools.

    Celery closes the file descriptors of open connections before it sets a worker process up. In a solo pool that is
    this same process: a connection left open would then read from whatever file got its number next.
    """
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


@worker_ready.connect
def announce_workers(sender: Any, **_: object) -> None:
    """Announce only now that the child processes exist: forked later, they would inherit the thread's connection."""
    from social_auth.credentials.key_holders import announce

    queues = set(sender.app.amqp.queues.consume_from)
    if PLANNING_QUEUE in queues:
        announce("planner")
    if queues - {PLANNING_QUEUE}:
        announce("worker")


@worker_init.connect
def limit_waits_for_database(**_: object) -> None:
    from django.conf import settings

    from config.postgresql.patience import give_up_after

    give_up_after(settings.DATABASE_SILENT_SECONDS)


@worker_before_create_process.connect
def share_memory(**_: object) -> None:
    """Let children share what is there already: the garbage collector would write to all of it, which copies it."""
    gc.collect()
    gc.freeze()


@worker_process_init.connect
def observe(**_: object) -> None:
    from config.observability import set_up

    set_up("connect-worker")


@app.on_after_configure.connect
def carry_request_ids(**_: object) -> None:
    import config.observability  # noqa: F401 - connects to Celery's signals
