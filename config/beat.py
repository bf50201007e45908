"""Celery's beat by itself: `celery -A config.beat beat`. It sends the names of tasks when it is time for them.

For that it needs the settings alone, and not Django's apps, models and views, which take two thirds of a process'
memory: so it has no fixup that sets Django up, and looks for no tasks.
"""

import os
import sys
from pathlib import Path

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, str(Path.cwd()))  # as the fixup would: the `celery` command itself looks for modules beside it

app = Celery("connect", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")


@beat_init.connect
def announce_beat(**_: object) -> None:
    # Late: settings that are wrong are told in a line when Celery reads them, and this reads the token keys.
    from social_auth.credentials.key_holders import announce

    announce("beat")
