"""Checks environment variables, the mail server, the providers' keys, and static files."""

import os
import smtplib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection

from config.findings import ERROR, OK, WARNING, Finding
from config.postgresql.absence import cause_of
from config.variables import problems_of
from social_auth.providers.adapters import ADAPTERS


def look_at_variables() -> Iterator[Finding]:
    problems = list(problems_of(os.environ))
    yield from problems
    if not problems:
        yield Finding(OK, "settings", f"well formed, for {settings.CONNECT_ENV}")


def look_at_mail() -> Iterator[Finding]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield Finding(OK, "mail", f"is not sent: {settings.EMAIL_BACKEND.rsplit('.', 2)[1]}")
        return
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        get_connection(timeout=5).open()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(ERROR, "mail", f"{place} does not take mails: {cause_of(error)}")
    else:
        yield Finding(OK, "mail", f"{place} answers")


def look_at_providers() -> Iterator[Finding]:
    for network, adapter in ADAPTERS.items():
        message = (
            "has its keys; manage.py check_providers asks it" if adapter.configured else "has no keys: it is closed"
        )
        yield Finding(OK if adapter.configured else WARNING, network, message)


def look_at_static_files() -> Iterator[Finding]:
    if settings.STATIC_ROOT is None:
        yield Finding(OK, "static files", "served from where they are")
    elif not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield Finding(ERROR, "static files", f"{settings.STATIC_ROOT} has none: run manage.py collectstatic")
    else:
        yield Finding(OK, "static files", f"collected in {settings.STATIC_ROOT}")
