"""The probes: is the process alive, may it get traffic, and what is the state of each dependency."""

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
from config.postgresql.pooling import StatementPooling, pooling_mode
from config.version import VERSION
from connect.api.throttling import client_address
from connect.identity.erased import check_identity_keys
from connect.redis_client import our_redis
from connect.secret_keys.keyring import WrongKey
from social_auth.budgets.storms import storms_now
from social_auth.credentials.key_checks import check_keys
from social_auth.providers import versions

DATABASE_SECONDS = 1.5
"""For all that a probe asks the database: one that hangs says less than one that answers "failed".

With it `/health/ready` answers within two seconds, and `/health/`, which asks Redis and the stand-in too, within three.
"""
STAND_IN_SECONDS = 0.2
"""For the providers' stand-in, which is on this machine."""
_applied: list[bool] = []


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Readiness. Redis and the providers do not count: lists and connects go on without them."""
    return _answer(needed())


def everything(request: HttpRequest) -> JsonResponse:
    """The state of every dependency, with the status code of readiness."""
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
    except ValueError:  # a caller on a Unix socket has no address
        return False


def any_host_for_probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: let probes and scrapes name any host.

    Kubernetes and Prometheus call a pod by its address, which nobody can list in ALLOWED_HOSTS. Their answers contain
    no URL, so a forged host changes nothing.
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
    """Looked up until all are applied, and then never again by this process."""
    if not _applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "not applied"
        _applied.append(True)
    return "ok"


def pooling() -> str:
    """How connections are pooled: by session or by transaction is right, by statement is not."""
    try:
        return f"ok ({pooling_mode(cast(Any, connection))})"
    except StatementPooling as error:
        return f"failed: {error}"


def token_keys() -> str:
    check_keys()
    return "ok"


def identity_keys() -> str:
    check_identity_keys()
    return "ok"


def needed() -> dict[str, Callable[[], str]]:
    """The checks that must pass before a process gets traffic."""
    return {
        "database": database,
        "pooling": pooling,
        "migrations": migrations,
        "token_keys": token_keys,
        "identity_keys": identity_keys,
    }


def redis_writes() -> str:
    """Write, as a PING is not enough: a replica, a full server, or one where our user may only read answers it too."""
    our_redis().set("health", VERSION, ex=60)
    return "ok"


def providers() -> str:
    """Ask the stand-in, where there is one. Real providers are asked by `check_providers`, never by a probe."""
    if settings.CONNECT_PROVIDER_PROXY:
        requests.get(settings.CONNECT_PROVIDER_PROXY, timeout=STAND_IN_SECONDS, allow_redirects=False)
        return "ok (stand-in)"
    return "not asked"


def api_versions() -> str:
    """Whether a configured API version ends soon, or was refused to this process."""
    return "; ".join(versions.warnings(timezone.now().date())) or "ok"


def marking() -> str:
    """Whether a provider calls so many tokens dead that no connection is marked for it (a storm)."""
    return "; ".join(f"{name} stopped: {share}" for name, share in storms_now(timezone.now()).items()) or "ok"


def _answer(vital: dict[str, Callable[[], str]], also: dict[str, Callable[[], str]] | None = None) -> JsonResponse:
    with within(DATABASE_SECONDS):
        state = {name: _state(check) for name, check in vital.items()}
        fit = all(value.startswith("ok") for value in state.values())
        state |= {name: _state(check) for name, check in (also or {}).items()}
    return JsonResponse({"status": "ok" if fit else "unavailable", **state}, status=200 if fit else 503)


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, InterfaceError, redis.RedisError, requests.RequestException, WrongKey) as error:
        return f"failed: {type(error).__name__}"
