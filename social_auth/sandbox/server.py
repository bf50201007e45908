"""The sandbox as a process: `http://127.0.0.1:9100/HOST/path` answers as `https://HOST/path` would."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connect.network_table import Network
from social_auth.sandbox import facebook, google, instagram, linkedin, pinterest, tiktok, twitter
from social_auth.sandbox.accounts import Token, read_token
from social_auth.sandbox.wire import Call, Reply

PROVIDERS: dict[str, ModuleType] = {
    host: module
    for module in (facebook, google, instagram, linkedin, pinterest, tiktok, twitter)
    for host in module.HOSTS
}
HANG_SECONDS = 60


class Sandbox(ThreadingHTTPServer):
    """`calls` is the log of what was asked, oldest first: (method, host, path, parameters, headers)."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, *, address: str = "127.0.0.1") -> None:
        self.calls: deque[Call] = deque(maxlen=10_000)
        self.closing = threading.Event()
        super().__init__((address, port), Handler)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def answer(self, call: Call) -> Reply:
        provider = PROVIDERS.get(call.host)
        if provider is None:
            return Reply(200 if call.host == "" else 404, {"sandbox": sorted(PROVIDERS)})
        token = _any_token(call)
        match token.state if token else "ok":
            case "rate_limited":
                return provider.rate_limited()
            case "5xx":
                return Reply(503, "<html><body>Service Unavailable</body></html>")
            case "hang":
                self.closing.wait(HANG_SECONDS)
        return provider.handle(call)

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Sandbox

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()

    def serve(self) -> None:
        url = urlsplit(self.path)
        host, _, path = url.path.lstrip("/").partition("/")
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        params = dict(parse_qsl(url.query)) | dict(parse_qsl(form, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, host, f"/{path}", params, headers)
        self.server.calls.append(call)
        self.send(self.server.answer(call))

    def send(self, reply: Reply) -> None:
        page = isinstance(reply.body, str)
        raw = b"" if reply.body is None else (reply.body if page else json.dumps(reply.body)).encode()
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", "text/html" if page else "application/json")
            self.send_header("Content-Length", str(len(raw)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller's deadline was shorter than our patience

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: request lines carry tokens."""


def _any_token(call: Call) -> Token | None:
    """Return the token at stake in the call, wherever the provider wants it."""
    bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
    given = (call.params.get(name, "") for name in ("input_token", "token", "access_token", "code", "refresh_token"))
    found = (read_token(text, network) for text in (bearer, *given) if text.startswith("sbx.") for network in Network)
    return next((token for token in found if token), None)
