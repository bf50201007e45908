"""`make judges`: every judge does every job that it can; exit 0 if each disagreement is a decided one."""

import logging
import os
import sys

NOBODY = "127.0.0.1:9"
os.environ |= {  # what we learn of the sandbox's limits is nothing for a stack that runs beside us
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DATABASE_URL": f"postgresql://nobody@{NOBODY}/nothing",
    "REDIS_URL": f"redis://{NOBODY}/0",
}

import django
from django.conf import settings

settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
django.setup()
logging.disable(logging.WARNING)  # that there is no Redis

from judges import report, session  # they need the settings

sys.exit(report.closing(session.verdicts()))
