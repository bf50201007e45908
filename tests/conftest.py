"""Tests run on the same real PostgreSQL and Redis as development, each worker in a database of its own."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from config.embedded import development_services
from config.environment import EMBEDDED_REDIS_URL
from connect.redis_address import read_address

_services = ExitStack()
_services.enter_context(development_services())
BUDGETS = {name: f"{name.upper()}_BUDGET" for name in settings.PROVIDER_BUDGETS}
PLENTY = {"calls": 1_000_000, "seconds": 10}


def redis_of_this_worker() -> str:
    """A Redis database of its own, so that workers do not count each other's calls nor take a running stack's tasks."""
    base = os.environ.setdefault("TEST_REDIS_URL", os.environ.get("REDIS_URL") or EMBEDDED_REDIS_URL)
    number = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 8
    parts = urlsplit(base)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


# The settings were read before this file: they follow, and the environment for the processes that tests start.
os.environ["REDIS_URL"] = settings.REDIS_URL = redis_of_this_worker()
settings.CELERY_BROKER_URL = read_address(settings.REDIS_URL).broker_url
os.environ |= dict.fromkeys(BUDGETS.values(), "1000000/10")  # tests of budgets set their own
settings.REFRESH_OUTSTANDING = 5000
settings.PROVIDER_BUDGETS = {name: told | PLENTY for name, told in settings.PROVIDER_BUDGETS.items()}


logging.getLogger("connect.middleware").setLevel("WARNING")  # a line for each of a hundred thousand requests


def pytest_unconfigure() -> None:
    _services.close()


@pytest.fixture(autouse=True)
def _quick_and_quiet(settings: Any, monkeypatch: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True  # else every client that a test makes reads all static files first
    from social_auth.budgets import fault_alarm
    from social_auth.providers import versions
    from social_auth.providers.adapters import ADAPTERS

    for adapter in ADAPTERS.values():
        adapter.breaker.reset()
    forget_budgets()
    monkeypatch.setattr(
        "social_auth.budgets.shared_rate.clock_argument", lambda now: now.timestamp()
    )  # as the test has it
    monkeypatch.setattr("connect.clock.made_up", lambda now: now)
    ADAPTERS["facebook"]._app_token_until = 0.0  # type: ignore[attr-defined]
    fault_alarm.forget()
    versions.reset()
    settings.CONNECT_CONFIRM_ALONE_AFTER = timedelta(0)  # tests read few accounts; those of the rule set their own
    settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"  # nobody listens: a test that needs providers says so


def forget_budgets() -> None:
    from connect.redis_client import our_redis
    from social_auth.budgets import spending

    client = our_redis()
    client.breaker.answered()
    client.delete("exchanged", *client.keys("budget:*"), *client.keys("exchanged:*"), *client.keys("renewed:*"))
    spending._local.cache_clear()


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Any]:
    from social_auth.sandbox.server import Sandbox

    server = Sandbox(0)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(sandbox_server: Any, settings: Any) -> Any:
    """The seven providers; `calls` holds what they were asked during this test."""
    from social_auth.sandbox import tokens

    settings.CONNECT_PROVIDER_PROXY = sandbox_server.url
    sandbox_server.calls.clear()
    tokens.forget()
    return sandbox_server


@pytest.fixture
def sign_up(db: None) -> Callable[..., Any]:
    from tests.support.api import Creator

    return Creator


@pytest.fixture
def alice(sign_up: Callable[..., Any]) -> Any:
    return sign_up("alice@example.org")


@pytest.fixture
def bob(sign_up: Callable[..., Any]) -> Any:
    return sign_up("bob@example.org")


@pytest.fixture
def staff(db: None, django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("moderator", "moderator@example.org", "moderating-all-day")


@pytest.fixture
def desk(staff: Any, client: Any) -> Any:
    """A browser in which a moderator is signed in."""
    client.force_login(staff)
    return client


@pytest.fixture
def garbage() -> Iterator[Any]:
    """A server that answers everything with `body`; `raw`, if set, is what it writes instead of HTTP."""
    from tests.support.rogue import RogueServer

    server = RogueServer()
    # else each test waits half a second for it to look whether it is to stop
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def silent() -> Iterator[Any]:
    """A server that takes connections and never says a word."""
    from tests.support.rogue import SilentServer

    server = SilentServer()
    yield server
    server.close()
