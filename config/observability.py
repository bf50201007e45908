"""Traces and crash reports, where they are configured; the request id on every line, in web and worker alike."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings

from config.version import VERSION
from connect.logged_paths import path_without_secrets

HEADER = "request_id"
URLS = ("http.url", "http.target", "url.full", "url.path", "url.query")
"""Attributes of a span that hold a path or query, by the old and the new names of OpenTelemetry's conventions."""
CATEGORIES_WITH_TOKENS = ("httplib", "urllib3.connection", "urllib3.connectionpool")
"""Sentry's breadcrumbs of these categories hold URLs of provider calls, and some providers take tokens in the URL."""
SENSITIVE = ("authorization", "cookie", "x-session-token", "idempotency-key")


def set_up(service: str) -> None:
    """Start crash reports and traces, where they are configured. Call once in each process."""
    if settings.SENTRY_DSN:
        _report_crashes()
    if settings.OTLP_ENDPOINT:
        _trace(service)


def _report_crashes() -> None:
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.CONNECT_ENV,
        release=VERSION,
        send_default_pii=False,
        include_local_variables=False,  # they hold tokens
        max_request_body_size="never",
        before_send=without_secrets,
        before_breadcrumb=lambda crumb, _: crumb if crumb.get("category") not in CATEGORIES_WITH_TOKENS else None,
    )


def without_secrets(event: Any, _: Any) -> Any:
    """Drop body, cookies, query and secret headers of the request from a crash report."""
    request = event.get("request", {})
    request.pop("data", None)
    request.pop("cookies", None)
    request.pop("query_string", None)
    headers = request.get("headers", {})
    request["headers"] = {name: text for name, text in headers.items() if name.lower() not in SENSITIVE}
    if "url" in request:
        request["url"] = _url_without_secrets(request["url"])
    return event


def _trace(service: str) -> None:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(endpoint=f"{settings.OTLP_ENDPOINT.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(request_hook=without_query)


def without_query(span: Any, _: Any) -> None:
    """Cut the query off the URLs of a span: an app may, wrongly, send its token there."""
    for name in URLS if span.is_recording() else ():
        if text := span.attributes.get(name):
            span.set_attribute(name, _url_without_secrets(text) if name != "url.query" else "")


def _url_without_secrets(url: str) -> str:
    """Drop the query, and the secret that a connect link has in its path."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, path_without_secrets(parts.path), "", ""))


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    if request_id := structlog.contextvars.get_contextvars().get(HEADER):
        headers[HEADER] = request_id


@task_prerun.connect
def take_request_id(task: Any, task_id: str, **_: Any) -> None:
    request_id = task.request.get(HEADER) or (task.request.headers or {}).get(HEADER)
    structlog.contextvars.bind_contextvars(
        task=task.name, task_id=task_id, **({HEADER: request_id} if request_id else {})
    )


@task_postrun.connect
def forget_request_id(**_: Any) -> None:
    structlog.contextvars.unbind_contextvars("task", "task_id", HEADER)
