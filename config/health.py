"""Is the process alive, may it get traffic, and what is the state of everything it leans on."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, cast

import redis
import requests
from django.conf import settings
from django.db import DatabaseError, InterfaceError, NotSupportedError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView

from config.postgresql.patience import within
from config.postgresql.pooling import NoTransactions, how_pooled
from config.version import VERSION
from connect.api.throttling import client_address
from connect.identity.erased import check_identity_keys
from connect.redis_client import our_redis
from connect.secret_keys.keyring import WrongKey
from social_auth.budgets.storms import raging
from social_auth.credentials.key_checks import check_keys
from social_auth.providers import versions

PATIENCE = 1.5
"""Seconds that the database has for all that is asked here: a probe that hangs tells less than one that says no.

Readiness is answered within two seconds so, and what asks Redis and the stand-in as well within three.
"""
STAND_IN = 0.2
"""Seconds for the providers' stand-in, which is on this machine."""
_applied: list[bool] = []


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Redis and the providers may be down: reads and connects go on without them."""
    return _answer(needed())


def everything(request: HttpRequest) -> JsonResponse:
    """Every dependency with its state; the code is that of readiness."""
    return _answer(
        needed(),
        also={
            "version": lambda: VERSION,
            "redis": redis_writes,
            "providers": providers,
            "versions": api_versions,
            "marking": marking,
        },
    )


def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_OPEN and not _may_read_metrics(client_address(request)):
        raise Http404
    return ExportToDjangoView(request)


def _may_read_metrics(address: str) -> bool:
    try:
        return any(ip_address(address) in network for network in settings.METRICS_ALLOWED)
    except ValueError:  # a socket's caller has none
        return False


def asked_by_any_name(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: probes and scrapes call by the address of a pod, which nobody can list in ALLOWED_HOSTS.

    What they are answered names no host, so that it does not matter under which they asked.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/health/") or request.path_info == "/metrics":
            request.META["HTTP_HOST"] = "localhost"
        return get_response(request)

    return middleware


def database() -> str:
    try:
        return "failed: it is read-only" if cast(Any, connection).reads_only() else "ok"
    except NotSupportedError as error:  # its version, in Django's words
        return f"failed: {error}"


def migrations() -> str:
    """Once applied they stay applied for the life of a process."""
    if not _applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "not applied"
        _applied.append(True)
    return "ok"


def pooling() -> str:
    """How connections are pooled, if they are; right under sessions and transactions, and not under statements."""
    try:
        return f"ok ({how_pooled(cast(Any, connection))})"
    except NoTransactions as error:
        return f"failed: {error}"


def token_keys() -> str:
    check_keys()
    return "ok"


def identity_keys() -> str:
    check_identity_keys()
    return "ok"


def needed() -> dict[str, Callable[[], str]]:
    """What must be well for a process to get traffic."""
    return {
        "database": database,
        "pooling": pooling,
        "migrations": migrations,
        "token_keys": token_keys,
        "identity_keys": identity_keys,
    }


def redis_writes() -> str:
    """A replica, one that is full and one that lets our user only read answer as well, and are of no use."""
    our_redis().set("health", VERSION, ex=60)
    return "ok"


def providers() -> str:
    """The stand-in, where there is one; real providers are asked by `check_providers`, not by a probe."""
    if settings.CONNECT_PROVIDER_PROXY:
        requests.get(settings.CONNECT_PROVIDER_PROXY, timeout=STAND_IN, allow_redirects=False)
        return "ok (stand-in)"
    return "not asked"


def api_versions() -> str:
    """Whether an API's version that is set ends soon, or is refused to this process."""
    return "; ".join(versions.warnings(timezone.now().date())) or "ok"


def marking() -> str:
    """Whether a provider calls so many tokens dead that none of it is believed."""
    return "; ".join(f"{name} stopped: {share}" for name, share in raging(timezone.now()).items()) or "ok"


def _answer(vital: dict[str, Callable[[], str]], also: dict[str, Callable[[], str]] | None = None) -> JsonResponse:
    with within(PATIENCE):
        state = {name: _state(check) for name, check in vital.items()}
        fit = all(value.startswith("ok") for value in state.values())
        state |= {name: _state(check) for name, check in (also or {}).items()}
    return JsonResponse({"status": "ok" if fit else "unavailable", **state}, status=200 if fit else 503)


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, InterfaceError, redis.RedisError, requests.RequestException, WrongKey) as error:
        return f"failed: {type(error).__name__}"
