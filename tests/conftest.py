"""Tests run on the same real PostgreSQL and Redis as development, each worker in a database of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any

import pytest

from config.embedded import development_services
from config.environment import EMBEDDED_REDIS_URL

_services = ExitStack()
_services.enter_context(development_services())
if not os.environ.get("REDIS_URL"):
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)
    os.environ["REDIS_URL"] = f"{EMBEDDED_REDIS_URL}?db={8 + worker % 8}"  # a running `make run` must not get our tasks


def pytest_unconfigure() -> None:
    _services.close()


@pytest.fixture(autouse=True)
def _quick_and_quiet(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from social_auth.providers import ADAPTERS

    for adapter in ADAPTERS.values():
        adapter.breaker.reset()
    ADAPTERS["facebook"]._app_token_until = 0.0  # type: ignore[attr-defined]
    settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"  # nobody listens: a test that needs providers says so


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
    from tests.api import Creator

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
    from tests.rogue import RogueServer

    server = RogueServer()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
