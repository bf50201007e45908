"""The people: they connect their accounts as the app does, look at them now and then, and connect again when told."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from benchmarks.year.clock import Clock
from benchmarks.year.life import Life
from benchmarks.year.truth import Truth
from tests.support import callbacks
from tests.support.api import Creator

LOOKS = timedelta(days=7)
AGAIN = timedelta(hours=1)
"""After that the app tries to connect again what could not be connected at the moment."""


class Person(Creator):
    """Calls with the session token, which lives for a month where an access token lives for a quarter of an hour."""

    def __init__(self, email: str) -> None:
        super().__init__(email)
        self.cursor = ""
        self.read: set[str] = set()

    def sign_in_again(self) -> None:
        body = {"email": self.email, "password": "correct-horse-battery"}
        answer = self.client.post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        if answer.status_code == 200:
            self.session_token = answer.json()["meta"]["session_token"]
        self.client.cookies.clear()

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        """POST and return Django's response; a session that is over is begun anew."""
        for _ in range(2):
            headers = {"X-Session-Token": self.session_token}
            answer = self.client.post(f"/api/{path}", body, content_type="application/json", headers=headers)
            if answer.status_code != 401:
                break
            self.sign_in_again()
        return answer

    def catch_up(self) -> list[dict[str, Any]]:
        """Read the feed on from where it was read to."""
        events: list[dict[str, Any]] = []
        while True:
            answer = self.ask("get/events/", {"limit": 500} | ({"cursor": self.cursor} if self.cursor else {}))
            if answer.status_code != 200:
                return events
            told = answer.json()
            events += told["events"]
            self.cursor = told["next_cursor"]
            if not told["more"]:
                return events


class Creators:
    def __init__(self, clock: Clock, truth: Truth, dice: random.Random, count: int) -> None:
        self.clock, self.truth, self.dice = clock, truth, dice
        self.people = [Person(f"creator{number}@example.org") for number in range(count)]
        self.refused: dict[str, int] = {}
        self.on_connected: Callable[[Life], None] = lambda life: None
        self.on_disconnected: Callable[[Life], None] = lambda life: None
        truth.on_left, truth.on_removed = self.leave, self.removed
        self.on_look: Callable[[Person, list[dict[str, Any]], list[dict[str, Any]]], None] = lambda *_: None
        for life in truth.lives:
            truth.at(clock.now + timedelta(hours=dice.uniform(0, 48)), self._connecting(life))
        for person in self.people:
            truth.at(clock.now + LOOKS * dice.random(), self._looking(person))

    def _connecting(self, life: Life) -> Callable[[], None]:
        return lambda: self.connect(life)

    def connect(self, life: Life) -> None:
        """Sign in at the provider, and post what it gave; again in an hour if that cannot be verified now."""
        if life.state in ("deleted", "suspended"):
            return
        self.clock.pass_by(1)
        access, refresh = self.truth.tokens_for(life)
        before = life.access, life.refresh, life.signed_in
        life.access, life.refresh, life.signed_in = access, refresh, self.clock.now
        body = {"access_token": str(access), "user_id": life.account.uid(access.app)}
        body |= {"refresh_token": str(refresh)} if refresh else {}
        name = "google" if life.network == "youtube" else life.network
        answer = self.people[life.creator].ask(f"auth/{name}/", body)
        if answer.status_code == 200:
            self._connected(life, answer.json()["network_id"])
            return
        life.access, life.refresh, life.signed_in = before
        word = f"{life.network} {answer.status_code} {answer.content.decode()[:120]}"
        self.refused[word] = self.refused.get(word, 0) + 1
        if answer.status_code == 503:
            self.truth.at(self.clock.now + AGAIN, self._connecting(life))

    def _connected(self, life: Life, pk: int) -> None:
        if life.connected is None:
            life.alive_since = self.clock.now
        life.pk, life.connected, life.ended, life.unsavable = pk, self.clock.now, False, False
        self.truth.by_pk[pk] = life
        self.truth.look_at(life)
        if end := life.known_end():
            self.truth.at(end + timedelta(seconds=1), lambda: self.truth.look_at(life), always=True)
        self.on_connected(life)

    def leave(self, life: Life) -> None:
        """Disconnect, as somebody does who tidies up."""
        answer = self.people[life.creator].ask("network/disconnect/", {"network_id": life.pk})
        if answer.status_code == 200:
            self.on_disconnected(life)

    def removed(self, life: Life) -> None:
        """The provider tells us that the person took our permissions away."""
        uid = life.account.uid(life.access.app if life.access else "")
        if life.network == "tiktok":
            callbacks.tiktok(uid)
        else:
            secret = f"{life.network}-client-secret"
            callbacks.meta(life.network, "deauthorize", callbacks.signed(uid, secret=secret))

    def told_of_end(self, life: Life, *, within: float, share: float) -> None:
        """Some connect again, some days after they were told; some never do."""
        if self.dice.random() < share:
            wait = timedelta(days=min(self.dice.expovariate(2 / within), within))
            connected = life.connected

            def again() -> None:
                if life.connected == connected:
                    self.connect(life)

            self.truth.at(self.clock.now + wait, again)

    def _looking(self, person: Person) -> Callable[[], None]:
        def look() -> None:
            self.look(person)
            self.truth.at(self.clock.now + LOOKS, look)

        return look

    def look(self, person: Person) -> None:
        """Open the app: the feed, and the full view of all networks."""
        events = person.catch_up()
        answer = person.ask("get/networks/", {"view": "full"})
        if answer.status_code == 200:
            self.on_look(person, events, answer.json()["networks"])
