"""The sandbox as a process: `127.0.0.1:9100/HOST/path` answers as `https://HOST/path` would, and `/` shows a page."""

import json
import sys
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connect.network_table import Network
from social_auth.sandbox import consent, control
from social_auth.sandbox.bodies import params_of
from social_auth.sandbox.dialog import Dialog
from social_auth.sandbox.faults import fault
from social_auth.sandbox.log import CallLog
from social_auth.sandbox.tokens import Token, read_token
from social_auth.sandbox.traits import network_state
from social_auth.sandbox.wire import Call, Reply

HANG_SECONDS = 60


def providers_by_host() -> dict[str, tuple[str, ModuleType]]:
    """Network and sandbox module of each provider, by host."""
    by_host: dict[str, tuple[str, ModuleType]] = {}
    for network in Network:
        module = import_module(f"social_auth.providers.{network}.sandbox")
        by_host |= {host: (str(network), module) for host in module.HOSTS}
    return by_host


PROVIDERS = providers_by_host()


def dialogs_by_host() -> dict[str, Dialog]:
    """The consent pages, by host."""
    dialogs = [import_module(f"social_auth.providers.{network}.sandbox_consent").DIALOG for network in Network]
    return {host: dialog for dialog in dialogs for host in (dialog.host, *dialog.older_hosts)}


DIALOGS = dialogs_by_host()


class Sandbox(ThreadingHTTPServer):
    """`calls` holds the calls, oldest first, for tests; `log` describes them and their answers for people."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, *, address: str = "127.0.0.1") -> None:
        self.calls: deque[Call] = deque(maxlen=10_000)
        self.log = CallLog()
        self.closing = threading.Event()
        super().__init__((address, port), Handler)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def answer(self, call: Call) -> Reply:
        if call.host in ("", "_"):
            return control.answer(call, self.log)
        self.calls.append(call)
        token = _any_token(call)
        reply = self.provider_answer(call, token)
        self.log.add(call, reply, token)
        return reply

    def safe_answer(self, call: Call) -> Reply:
        """Answer 400 to a call with a parameter that cannot be read, so that it does not break the connection."""
        try:
            return self.answer(call)
        except ValueError as error:
            return Reply(400, {"error": f"The sandbox cannot read that: {error}"})

    def provider_answer(self, call: Call, token: Token | None) -> Reply:
        network, provider = PROVIDERS.get(call.host, ("", None))
        if provider is None:
            return Reply(404, {"error": f"The sandbox knows {', '.join(sorted(PROVIDERS))}"})
        condition = token.condition if token else network_state(network)
        if condition == "hang":
            self.closing.wait(HANG_SECONDS)
        if faulty := fault(provider, condition):
            return faulty
        dialog = DIALOGS.get(call.host)
        return consent.answer(dialog, call) if dialog and dialog.serves(call.path) else provider.handle(call)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback for a caller that closed its connection, as a killed worker does."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the acknowledgement of the headers
    wbufsize = -1
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
        length = self.headers.get("Content-Length") or "0"
        body = self.rfile.read(int(length) if length.isdigit() else 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = params_of(url.query, body, headers.get("content-type", ""))
        in_query = frozenset(parse_qs(url.query, keep_blank_values=True))
        self.send(self.server.safe_answer(Call(self.command, host, f"/{path}", params, headers, in_query)))

    def send(self, reply: Reply) -> None:
        raw = _raw(reply.body)
        try:
            self.send_response(reply.status)
            page = isinstance(reply.body, str)
            self.send_header("Content-Type", "text/html; charset=utf-8" if page else "application/json")
            self.send_header("Content-Length", str(len(raw)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.write(raw, drips=reply.drips)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller stopped waiting

    def write(self, raw: bytes, *, drips: bool) -> None:
        if not drips:
            self.wfile.write(raw)
            self.wfile.flush()
            return
        for byte in raw:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.closing.wait(1):
                return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing: request lines carry tokens."""


def _raw(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return b"" if body is None else json.dumps(body).encode()


def _any_token(call: Call) -> Token | None:
    """Return the token that the call carries, in whichever parameter or header."""
    bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
    texts = (call.params.get(name, "") for name in ("input_token", "token", "access_token", "code", "refresh_token"))
    tokens = (read_token(text, network) for text in (bearer, *texts) if text.startswith("sbx.") for network in Network)
    return next((token for token in tokens if token), None)
