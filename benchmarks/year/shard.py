"""A part of the accounts, in a process and a database of its own, all through the year."""

import argparse
import gc
import json
import os
import random
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--accounts", "--days", "--seed", "--step", "--trouble"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--result", required=True)
    parser.add_argument("--watch", default="")
    parser.add_argument("--networks", default="")
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    result = run(wanted)
    with open(wanted.result, "w") as file:  # noqa: PTH123
        json.dump(result, file)


def run(wanted: Any) -> dict[str, Any]:
    from benchmarks.year.clock import Clock, make_hands

    _settings()
    make_hands(wanted.database)
    from django.db import connection

    connection.close()
    gc.set_threshold(50_000, 20, 50)
    random.seed(wanted.seed)
    with Clock() as clock:
        from benchmarks.year.world import Year

        return Year(clock, wanted).live()


def _settings() -> None:
    from django.conf import settings
    from django.db import connection

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.WHITENOISE_AUTOREFRESH = True
    settings.CONNECT_PROVIDER_PROXY = ""
    settings.BREAKER_SECONDS = 30
    connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.settings_dict["CONN_MAX_AGE"] = None
    connection.settings_dict["CONN_HEALTH_CHECKS"] = False


if __name__ == "__main__":
    main()
