"""The one way out: deadline, size, redirects, and nothing of the request in what it raises."""

import gzip
import time

import pytest

from social_auth import http
from social_auth.outcomes import Unavailable

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
