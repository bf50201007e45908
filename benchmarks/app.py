"""A creator's app all through the faults: it looks at its networks and asks for fresh numbers."""

import time
from collections import Counter
from threading import Event, Thread

import requests

from benchmarks.servers import listens

EXPECTED = {200, 429, 503}
"""What an app must be able to live with; a 500 is a bug."""
PATIENCE = 60
"""Seconds within which a server that was killed must listen again."""


class App:
    def __init__(self, port: int) -> None:
        from benchmarks.callers import tokens

        self.port, self.url = port, f"http://127.0.0.1:{port}/api"
        self.headers = {"Authorization": f"Bearer {tokens(1)[0]}"}
        self.answers: Counter[int | None] = Counter()
        self.away = 0
        """Calls that were not made, as no server listened: one had been killed, and the next was starting."""
        self.seen = time.monotonic()
        """When a server listened last, in seconds of the monotonic clock."""
        self.longest = 0.0
        """Seconds for which none did, at most."""
        self.stopping = Event()
        self.lasted = False
        self.thread = Thread(target=self._call_on)
        self.thread.start()

    def stop(self) -> None:
        """Call no more, but until one call is answered well: the server may be starting."""
        self.lasted = self.thread.is_alive()
        self.stopping.set()
        self.thread.join()
        end = time.monotonic() + PATIENCE
        while not (answered := self._post("get/networks/", {})) and time.monotonic() < end:
            time.sleep(0.1)
        self.lasted = self.lasted and bool(answered)

    def fine(self, kills: int) -> bool:
        """Whether a server was soon there again, and answered all but what a kill broke off, the last call well."""
        soon = self.longest <= PATIENCE
        return self.lasted and soon and self.answers[None] <= kills and set(self.answers) <= EXPECTED | {None}

    def told(self) -> str:
        answers = ", ".join(f"{count:,} x {status or 'broken off'}" for status, count in self.answers.most_common())
        return f"{answers}, and {self.away:,} times no server was there, for {self.longest:.0f} s at most"

    def _call_on(self) -> None:
        ids: list[int] = []
        while not self.stopping.wait(0.2):
            listed = self._post("get/networks/", {})
            ids = [row["id"] for row in listed["networks"]] if listed else ids
            if ids:
                self._post("network/refresh/", {"network_id": ids[self.answers.total() % len(ids)]})

    def _post(self, path: str, body: dict) -> dict | None:
        if not self._is_there():
            return None
        try:
            answer = requests.post(f"{self.url}/{path}", json=body, headers=self.headers, timeout=30)
        except requests.RequestException:
            self.answers[None] += 1
            return None
        self.answers[answer.status_code] += 1
        return answer.json() if answer.ok else None

    def _is_there(self) -> bool:
        now = time.monotonic()
        if listens(self.port):
            self.seen = now
            return True
        self.away, self.longest = self.away + 1, max(self.longest, now - self.seen)
        return False
