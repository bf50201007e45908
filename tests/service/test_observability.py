"""Logs, traces and crash reports: the request id leads from line to line, and no token is in any of them."""

import io
import json
import logging
import os
import subprocess
import sys

import pytest
import structlog
from django.db import connection
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import INVALID_SPAN

from config.environment import BASE_DIR
from config.logs import logging_config
from config.observability import forget_request_id, send_request_id, take_request_id, without_query, without_secrets

SECRET = "EAAsecret-token-of-a-creator"


@pytest.fixture
def lines(monkeypatch):
    """What the production log says, line by line."""
    stream = io.StringIO()
    config = logging_config(level="INFO", as_json=True)
    handler = logging.getLogger().handlers[0]
    monkeypatch.setattr(handler, "stream", stream)
    monkeypatch.setattr(logging.getLogger("connect.middleware"), "level", logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    assert config["version"] == 1
    logging_config(level="INFO", as_json=False)


@pytest.mark.django_db
class TestLines:
    def test_one_for_each_request_with_its_id(self, alice, lines):
        answer = alice.post("get/networks/", {"view": "full"}, **{"X-Request-ID": "my-request-1"})
        (line,) = [line for line in lines() if line["event"] == "request"]
        assert (line["method"], line["path"], line["status"]) == ("POST", "/api/get/networks/", 200)
        assert line["request_id"] == answer.headers["X-Request-ID"] == "my-request-1"
        assert line["ms"] > 0

    def test_neither_token_nor_query_is_in_it(self, alice, lines, client):
        alice.post("auth/tiktok/", {"access_token": SECRET, "user_id": "1"})
        client.get(f"/api/docs/?access_token={SECRET}")
        assert SECRET not in json.dumps(lines())
        assert alice.bearer not in json.dumps(lines())


@pytest.mark.django_db(transaction=True)
def test_no_other_line_for_a_call(alice, lines):
    """Taking a connection from the pool and giving it back is no news."""
    connection.close()
    alice.ok("get/networks/")
    connection.close()
    assert [line["event"] for line in lines()] == ["request"]


class TestTasks:
    def test_the_request_id_travels_in_the_headers(self):
        headers = {}
        with structlog.contextvars.bound_contextvars(request_id="r-12345678"):
            send_request_id(headers=headers)
        assert headers == {"request_id": "r-12345678"}

    def test_and_is_on_the_lines_of_the_task(self):
        class Request(dict):
            headers = None

        class Task:
            name = "social_auth.credentials.tasks.revoke"
            request = Request(request_id="r-12345678")

        with structlog.contextvars.bound_contextvars():
            take_request_id(task=Task, task_id="1")
            assert structlog.contextvars.get_contextvars()["request_id"] == "r-12345678"
            forget_request_id()
        assert "task" not in structlog.contextvars.get_contextvars()


CRASH = """
import io, os, config.wsgi, config.urls, sentry_sdk
from django.urls import path
from opentelemetry import trace

def crash(request):
    raise ZeroDivisionError

config.urls.urlpatterns.insert(0, path("api/crash/", crash))
secret = os.environ["CANARY"]
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/api/crash/", "QUERY_STRING": f"access_token={secret}", "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "HTTP_AUTHORIZATION": f"Bearer {secret}",
    "HTTP_X_SESSION_TOKEN": secret, "HTTP_COOKIE": f"sessionid={secret}", "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(),
}
told = []
config.wsgi.application(environ, lambda status, headers, *_: told.append(status))
trace.get_tracer_provider().force_flush()
sentry_sdk.flush()
print(told[0])
"""


class TestDelivery:
    def test_a_crash_arrives_as_report_and_trace_without_its_secrets(self, garbage):
        """A process of its own, as both are set up once; what they send goes to a server of the test."""
        told = {"SENTRY_DSN": f"{garbage.url.replace('//', '//public@')}/1", "OTEL_EXPORTER_OTLP_ENDPOINT": garbage.url}
        done = subprocess.run(
            [sys.executable, "-c", CRASH],
            env={**os.environ, **told, "CANARY": SECRET},
            capture_output=True,
            check=False,
        )
        assert done.stdout.split()[-4:] == [b"500", b"Internal", b"Server", b"Error"], done.stderr
        reports, traces = (b"".join(garbage.bodies[path]) for path in ("/api/1/envelope/", "/v1/traces"))
        assert b"ZeroDivisionError" in reports
        assert b"connect-web" in traces
        assert b"api/crash/" in traces
        assert SECRET.encode() not in reports
        assert SECRET.encode() not in traces
        assert SECRET.encode() not in done.stdout + done.stderr


def test_the_query_is_cut_off_what_is_traced():
    urls = {"http.target": "/a/?access_token=x", "url.query": "access_token=x", "http.method": "POST"}
    span = TracerProvider().get_tracer("test").start_span("request", attributes=urls)
    without_query(span, None)
    assert dict(span.attributes) == {"http.target": "/a/", "url.query": "", "http.method": "POST"}
    without_query(INVALID_SPAN, None)  # of a request that the caller wants untraced: it has no attributes at all


class TestCrashReports:
    def test_a_report_has_no_secrets(self):
        request = {
            "headers": {"Authorization": f"Bearer {SECRET}", "X-Session-Token": SECRET, "Accept": "*/*"},
            "data": {"access_token": SECRET},
            "cookies": {"sessionid": SECRET},
            "query_string": f"token={SECRET}",
        }
        told = without_secrets({"request": request}, None)
        assert SECRET not in json.dumps(told)
        assert told["request"]["headers"] == {"Accept": "*/*"}

    @pytest.mark.parametrize("variable", ["SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"])
    def test_the_web_process_starts_with_it(self, variable):
        value = "http://public@127.0.0.1:9/1" if variable == "SENTRY_DSN" else "http://127.0.0.1:9"
        check = "import config.wsgi, sentry_sdk; from opentelemetry import trace; "
        check += "print(sentry_sdk.is_initialized(), type(trace.get_tracer_provider()).__name__)"
        env = {**os.environ, variable: value}
        done = subprocess.run([sys.executable, "-c", check], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        sentry, tracer = done.stdout.split()[-2:]
        assert (sentry == "True", tracer == "TracerProvider") == (variable == "SENTRY_DSN", variable != "SENTRY_DSN")


def test_a_celery_process_configures_itself_before_django_is_set_up():
    """What listens to Celery's signals must not need Django's apps: Celery swallows what its listeners raise."""
    command = [sys.executable, "-c", "from config.celery import app; print(app.conf.task_queues[0].name)"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "raised" not in done.stdout + done.stderr
