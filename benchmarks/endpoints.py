"""What each call of the API costs: the CPU of the process that answers it, and its queries."""

import os
import statistics
import subprocess
import sys
import time
from threading import Thread

from benchmarks.servers import BIN

ROUNDS, CALLS_A_ROUND = 5, 10


def run() -> None:
    """Measure in a process of its own, which reads the benchmark's settings."""
    environment = {**os.environ, "ALLOWED_HOSTS": "testserver", "LOG_LEVEL": "ERROR"}
    subprocess.run([str(BIN / "python"), "-m", "benchmarks.endpoints"], check=True, env=environment)


def _measure() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.test import Client

    from social_auth.sandbox.server import Sandbox
    from tests.support.api import Creator
    from tests.support.calls import CALLS

    sandbox = Sandbox(0)
    settings.CONNECT_PROVIDER_PROXY = sandbox.url
    Thread(target=sandbox.serve_forever, daemon=True).start()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # signing up is not measured
    settings.WHITENOISE_AUTOREFRESH = True  # nor is what a server does once, and the test client for each caller
    print(f"\nCalls: CPU of the thread that answers, medians of {ROUNDS} rounds of {CALLS_A_ROUND} calls")
    print("\n| call | CPU | queries |\n|---|---|---|")
    client = Client()
    print(f"| (`/health/live`: what Django and its test client take) | {_cpu(lambda _: _health(client)):.0f} us | 0 |")
    for place, call in enumerate(CALLS):
        creators = [Creator(f"bench{place}-{number}@example.com") for number in range(ROUNDS + 1)]

        def prepare(number: int, call=call, creators=creators, place=place):
            return call.prepare(creators[number // CALLS_A_ROUND], place * 1000 + number)

        print(f"| `{call.path}` | {_cpu(prepare):.0f} us | {call.queries} |", flush=True)


def _health(client):
    return lambda: client.get("/health/live")


def _cpu(prepare) -> float:
    """Microseconds of CPU for one call; what makes it ready is not counted, nor is a first round."""
    rounds = []
    for number in range(ROUNDS + 1):
        sends = [prepare(number * CALLS_A_ROUND + place) for place in range(CALLS_A_ROUND)]
        start = time.thread_time()
        answers = [send() for send in sends]
        rounds.append((time.thread_time() - start) / len(sends) * 1e6)
        if wrong := [answer for answer in answers if answer.status_code not in (200, 202)]:
            raise RuntimeError(f"{wrong[0].status_code}: {wrong[0].content[:300]!r}")
    return statistics.median(rounds[1:])


if __name__ == "__main__":
    sys.exit(_measure())
