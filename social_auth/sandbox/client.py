"""Calls of management commands to the running sandbox."""

from typing import Any

import requests
from django.conf import settings
from django.core.management.base import CommandError


def refuse_production() -> None:
    if settings.CONNECT_ENV == "production":
        raise CommandError("There is no sandbox in production.")


def call_sandbox(action: str, form: dict[str, str]) -> dict[str, Any]:
    """Return the sandbox's answer; raises CommandError with its error, or if it does not run."""
    url = settings.CONNECT_PROVIDER_PROXY.rstrip("/")
    try:
        answer = requests.post(f"{url}/_/{action}", form, headers={"Accept": "application/json"}, timeout=5)
        body: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError):
        raise CommandError(f"No sandbox answers at {url}: `make run` starts one, or `manage.py sandbox`.") from None
    if answer.status_code != 200:
        raise CommandError(str(body.get("error", "refused")))
    return body
