"""Calls all the time, on servers that come and go, and what came of them."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event, Thread

CALLERS = 4
"""How many call at once."""


@dataclass
class Traffic:
    """Reads and writes of a few callers, on whichever servers are listed."""

    tokens: list[str]
    ports: list[int] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    ended: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [Thread(target=self._call, args=(number,)) for number in range(CALLERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()

    def _call(self, number: int) -> None:
        for token in cycle(self.tokens[number::CALLERS]):
            if self.ended.is_set():
                return
            port = self.ports[self.told.total() % len(self.ports)]
            try:
                found = self._post(port, "get/networks/", {}, token)["networks"]
                about = {"network_id": found[0]["id"], "extra_data": {"bio": str(self.told.total())}}
                self._post(port, "action/network-extra/update/", about, token)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.broken.append(f"{type(error).__name__}: {error}")

    def _post(self, port: int, path: str, body: dict[str, object], token: str) -> dict[str, list[dict[str, int]]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "X-Forwarded-Proto": "https"}
        try:
            connection.request("POST", f"/api/{path}", json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        self.told[path] += 1
        if response.status != 200:
            raise ValueError(f"{response.status} {text[:120]!r}")
        return json.loads(text)
