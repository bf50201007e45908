"""A small load: a few connections that stay open, each request timed."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

CONNECTIONS = 4


@dataclass(frozen=True)
class Measured:
    cpu_us: float
    """The server's CPU per request, in microseconds."""
    p99_ms: float
    answer: bytes


def measure(server, tokens: list[str], requests: int) -> Measured:
    """Send the requests for as many callers as there are tokens; raises RuntimeError for an answer that is not 200."""
    share = requests // CONNECTIONS
    before = server.cpu_seconds()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        done = list(pool.map(lambda start: _client(server.port, tokens, start * share, share), range(CONNECTIONS)))
    used = server.cpu_seconds() - before
    times = sorted(seconds for client_times, _ in done for seconds in client_times)
    p99 = times[int(len(times) * 0.99)] * 1000
    return Measured(used / len(times) * 1e6, p99, done[0][1])


def _client(port: int, tokens: list[str], start: int, count: int) -> tuple[list[float], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times, body = [], b""
    for number in range(start, start + count):
        headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}", "Content-Type": "application/json"}
        begun = time.perf_counter()
        response = _ask(connection, headers)
        body = response.read()
        times.append(time.perf_counter() - begun)
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body[:200]!r}")
    return times, body


def _ask(connection: http.client.HTTPConnection, headers: dict[str, str]) -> http.client.HTTPResponse:
    """Ask on the open connection, or on a new one if the server closed it in between."""
    try:
        connection.request("POST", "/api/get/networks/", b"{}", headers)
        return connection.getresponse()
    except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
        connection.close()
        connection.request("POST", "/api/get/networks/", b"{}", headers)
        return connection.getresponse()
