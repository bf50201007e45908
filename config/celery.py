import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("connect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def scheduler_settings() -> dict[str, object]:
    """RedBeat's own settings, which know no namespace: any number of beats may run, one at a time schedules."""
    from django.conf import settings

    return {
        "redbeat_redis_url": settings.REDIS_URL,
        "redbeat_redis_options": {"socket_timeout": 5, "socket_connect_timeout": 2},
        "redbeat_key_prefix": "connect-beat:",
        "redbeat_lock_timeout": 60,
    }


app.add_defaults(scheduler_settings)


@worker_init.connect
def check_token_keys(**_: object) -> None:
    from social_auth.vault import refuse_wrong_keys

    refuse_wrong_keys()
