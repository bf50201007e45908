"""Rounds of calls in one checkout, this one or an earlier one: run in its folder, asked by lines, answering by lines.

Measured is the CPU of the thread that answers: what makes a call ready is not counted, nor is what others do meanwhile.
"""

import json
import os
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

CALLS_A_ROUND = 10
HEALTH = "/health/live"


def main() -> None:
    calls, client = _stage()
    print(json.dumps({path: call.queries for path, call in calls.items()}), flush=True)
    for number, path in enumerate(sys.stdin):
        print(_microseconds(calls.get(path.strip()), client, number), flush=True)


def _stage() -> tuple[dict[str, Any], Any]:
    sys.path.insert(0, str(Path.cwd()))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "ALLOWED_HOSTS": "testserver", "LOG_LEVEL": "ERROR"}
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from social_auth.sandbox.server import Sandbox

    try:
        from tests.support.calls import CALLS
    except ImportError:  # where c2354fd has it
        from tests.calls import CALLS  # type: ignore[import-not-found, no-redef]
    sandbox = Sandbox(0)
    settings.CONNECT_PROVIDER_PROXY = sandbox.url
    Thread(target=sandbox.serve_forever, daemon=True).start()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # signing up is not measured
    settings.WHITENOISE_AUTOREFRESH = True  # nor is what a server does once, and the test client for each caller
    return {call.path: call for call in CALLS}, Client()


def _microseconds(call: Any, client: Any, number: int) -> float:
    """Of one call, in the mean of a round; each round is another creator's."""
    sends = [lambda: client.get(HEALTH)] * CALLS_A_ROUND
    if call:
        creator = _creator()(f"bench{number}@example.com")
        sends = [call.prepare(creator, number * 100 + place) for place in range(CALLS_A_ROUND)]
    start = time.thread_time()
    answers = [send() for send in sends]
    used = time.thread_time() - start
    if wrong := [answer for answer in answers if answer.status_code not in (200, 202)]:
        raise RuntimeError(f"{call.path}: {wrong[0].status_code}: {wrong[0].content[:300]!r}")
    return used / len(sends) * 1e6


def _creator() -> Any:
    return next(module for name, module in sys.modules.items() if name in ("tests.support.api", "tests.api")).Creator


if __name__ == "__main__":
    main()
