"""The one way out: deadline, size, redirects, and nothing of the request in what it raises."""

import gzip
import os
import time
from contextlib import suppress

import pytest

from social_auth.wire import http, transport
from social_auth.wire.outcomes import Unavailable

URL = "https://graph.example/v1/me"


@pytest.fixture
def rogue(garbage, settings):
    settings.CONNECT_PROVIDER_PROXY = garbage.url
    return garbage


def ask(**arguments):
    return http.call("GET", URL, params={"access_token": "canary-token"}, **arguments)


def test_the_stand_in_gets_host_and_path(rogue):
    rogue.body = b'{"a":"1"}'
    assert ask().body == {"a": "1"}
    assert rogue.hits == ["/graph.example/v1/me?access_token=canary-token"]


@pytest.mark.parametrize(
    "raw",
    [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000],
    ids=["headers", "body"],
)
def test_a_dripping_server_gains_no_time(rogue, monkeypatch, raw):
    monkeypatch.setattr(http, "DEADLINE", 0.3)
    rogue.drip = (raw, 0.01)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        ask()
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(rogue, status):
    rogue.status, rogue.headers = status, {"Location": f"{rogue.url}/elsewhere"}
    with pytest.raises(Unavailable):
        ask()
    assert len(rogue.hits) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b" " * 1_100_000, {}),
        (gzip.compress(b" " * 30_000_000), {"Content-Encoding": "gzip"}),
        (b"not gzip", {"Content-Encoding": "gzip"}),
        (b"[" * 100_000, {}),
        (b'{"a":' + b"9" * 5000 + b"}", {}),
        (b'{"a":"\xff"}', {}),
        (b"<html>", {}),
    ],
    ids=["large", "gzip bomb", "bad gzip", "deep", "huge number", "bad UTF-8", "HTML"],
)
def test_an_answer_nobody_can_read(rogue, body, headers):
    rogue.body, rogue.headers = body, headers
    with pytest.raises(Unavailable):
        ask()


def test_what_is_raised_holds_no_token(settings, rogue):
    settings.CONNECT_PROVIDER_PROXY = "http://127.0.0.1:9"
    with pytest.raises(Unavailable) as caught:
        ask(bearer="canary-token")
    error: BaseException | None = caught.value
    assert error is not None
    assert "canary" not in f"{error!r}{error.__cause__!r}"
    assert error.__suppress_context__


def test_an_error_page_is_its_status(rogue):
    rogue.status, rogue.body = 502, b"<html>Bad gateway</html>"
    assert (ask().status, ask().body) == (502, None)


@pytest.mark.parametrize("text", ["\ud800", "a\r\nX-Evil: 1", "é", "\x00", "一"])
@pytest.mark.parametrize("place", ["bearer", "params", "form", "basic", "json"])
def test_what_cannot_be_sent_is_no_crash(rogue, text, place):
    sent = {"bearer": text, "params": {"a": text}, "form": {"a": text}, "basic": ("id", text), "json": {"a": text}}
    with suppress(Unavailable):
        http.call("POST", URL, **{place: sent[place]})
    assert all("evil" not in name.lower() for name in rogue.last_headers)


def test_a_connection_is_kept_for_the_next_call(rogue):
    rogue.keep_alive = True
    for _ in range(3):
        http.call("GET", URL)
    assert (len(rogue.hits), rogue.connections) == (3, 1)


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(rogue):
    rogue.keep_alive = True
    http.call("GET", URL)
    rogue.hang_up()
    assert http.call("GET", URL).status == 200
    assert rogue.connections == 2


def test_an_answer_without_a_body_keeps_its_connection(rogue):
    rogue.keep_alive, rogue.body = True, b""
    for _ in range(2):
        assert http.call("GET", URL).body is None
    assert rogue.connections == 1


def test_headers_that_nobody_can_read_put_no_token_in_the_log(rogue, caplog):
    rogue.headers = {"bad line": "x", "": "y"}
    with suppress(Unavailable):
        ask()
    assert "canary" not in caplog.text


def test_nested_limits_of_time_do_not_lift_the_outer_one(rogue):
    with http.within(0.0), pytest.raises(Unavailable, match="out of time"), http.within(60.0):
        http.call("GET", URL)


def test_a_child_process_does_not_share_connections():
    before = transport._providers()
    child = os.fork()
    if not child:
        os._exit(int(transport._providers() is before))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
