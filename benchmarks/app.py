"""A creator's app all through the faults: it looks at its networks and asks for fresh numbers."""

from collections import Counter
from threading import Event, Thread

import requests

EXPECTED = {200, 429, 503}
"""What an app must be able to live with; a 500 is a bug, and no answer is a server that was killed."""

MOST_UNANSWERED = 0.15
"""The share of calls that may meet a server that was just killed."""


class App:
    def __init__(self, port: int) -> None:
        from benchmarks.callers import tokens

        self.url = f"http://127.0.0.1:{port}/api"
        self.headers = {"Authorization": f"Bearer {tokens(1)[0]}"}
        self.answers: Counter[int | None] = Counter()
        self.stopping = Event()
        self.lasted = False
        self.thread = Thread(target=self._call_on)
        self.thread.start()

    def stop(self) -> None:
        self.lasted = self.thread.is_alive()
        self.stopping.set()
        self.thread.join()

    def fine(self) -> bool:
        unanswered = self.answers[None] / max(self.answers.total(), 1)
        return self.lasted and unanswered <= MOST_UNANSWERED and set(self.answers) <= EXPECTED | {None}

    def told(self) -> str:
        return ", ".join(f"{count:,} x {status or 'no answer'}" for status, count in self.answers.most_common())

    def _call_on(self) -> None:
        ids: list[int] = []
        while not self.stopping.wait(0.2):
            listed = self._post("get/networks/", {})
            ids = [row["id"] for row in listed["networks"]] if listed else ids
            if ids:
                self._post("network/refresh/", {"network_id": ids[self.answers.total() % len(ids)]})

    def _post(self, path: str, body: dict) -> dict | None:
        try:
            answer = requests.post(f"{self.url}/{path}", json=body, headers=self.headers, timeout=30)
        except requests.RequestException:
            self.answers[None] += 1
            return None
        self.answers[answer.status_code] += 1
        return answer.json() if answer.ok else None
