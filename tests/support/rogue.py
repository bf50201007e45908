"""A provider that lies: whatever it is told to answer, as slowly as it is told to."""

import gzip
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class RogueServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RogueHandler)
        self.status = 200
        self.body = b"{}"
        self.headers: dict[str, str] = {}
        self.drip: tuple[bytes, float] | None = None
        self.hits: list[str] = []
        self.bodies: dict[str, list[bytes]] = {}
        """What was sent to each path, unpacked."""
        self.last_headers: list[str] = []
        self.sockets: list[socket.socket] = []
        self.connections = 0
        self.keep_alive = False
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def hang_up(self) -> None:
        """Close the connections that wait for another request; returns when the other side can know."""
        for one in self.sockets:
            one.shutdown(socket.SHUT_RDWR)

    def server_close(self) -> None:
        self.over.set()
        super().server_close()


class RogueHandler(BaseHTTPRequestHandler):
    server: RogueServer

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1
        self.server.sockets.append(self.connection)
        self.protocol_version = "HTTP/1.1" if self.server.keep_alive else "HTTP/1.0"

    def do_GET(self) -> None:
        self.server.hits.append(self.path)
        self.server.last_headers = list(self.headers)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.bodies.setdefault(self.path, []).append(gzip.decompress(sent) if packed else sent)
        try:
            self.answer()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_POST = do_GET
    do_DELETE = do_GET

    def answer(self) -> None:
        if self.server.drip:
            raw, pause = self.server.drip
            for byte in raw:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.over.wait(pause):
                    return
            return
        self.send_response_only(self.server.status)
        for name, value in ({"date": self.date_time_string()} | self.server.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class SilentServer:
    """Takes connections and never says a word, as a server does that is stopped or whose machine is stuck."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                self.taken.append(self.listening.accept()[0])

    def close(self) -> None:
        for one in (self.listening, *self.taken):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
