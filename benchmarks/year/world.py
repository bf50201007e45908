"""All that plays together in a simulated year: the truth, the providers, the service, its users, and who judges it."""

import random
import sys
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from benchmarks.year.clock import Clock
from benchmarks.year.creators import Creators
from benchmarks.year.hearing import Hearing
from benchmarks.year.incidents import Incidents
from benchmarks.year.judge import Judge
from benchmarks.year.need import Need
from benchmarks.year.providers import Providers
from benchmarks.year.service import Service
from benchmarks.year.truth import Truth
from connect import clock as shared_clock
from connect import redis_client
from connect.database import retries
from connect.redis_client import our_redis
from social_auth.budgets import shared_rate
from social_auth.notices import webhook_request
from social_auth.providers.facebook import adapter as facebook
from social_auth.wire import breaker, http, transport

FINDINGS_SHOWN = 400
"""So many are written out."""


class Year:
    def __init__(self, clock: Clock, wanted: Any) -> None:
        self.clock, self.step = clock, timedelta(minutes=wanted.step)
        self.began, self.end = time.monotonic(), clock.now + timedelta(days=wanted.days)
        clock.tell_database()
        our_redis().flushdb()
        dice = [random.Random(wanted.seed + number) for number in range(5)]
        people = max(wanted.accounts // 4, 1)
        self.truth = Truth(
            clock,
            dice[0],
            accounts_wanted=wanted.accounts,
            creators=people,
            end=self.end - timedelta(days=5),
            trouble=wanted.trouble,
            networks=wanted.networks,
        )
        self.incidents = Incidents(dice[1], clock.now, self.end, wanted.trouble)
        self.providers = Providers(clock, self.truth, self.incidents, dice[2])
        self.providers.watched = wanted.watch
        self.need, self.hearing = Need(), Hearing(clock)
        self.judge = Judge(clock, self.truth, self.incidents, slack=4 * self.step)
        self.service = Service(clock, self.truth, self.providers, dice[3])
        self.creators = Creators(clock, self.truth, dice[4], people)
        self._take_places()
        self._listen()

    def _take_places(self) -> None:
        """Of the clocks, and of what would go out into the world."""
        self.clock.wear(breaker, facebook, retries, redis_client)
        shared_rate.clock_argument = lambda now: str(now.timestamp())  # Redis has the real one
        shared_clock.made_up = lambda now: now
        transport.send = self.providers.send
        webhook_request._post = self.hearing.post
        http.release_database = lambda: None  # one thread, and one connection that it keeps

    def _listen(self) -> None:
        self.truth.on_let_die = self.judge.let_die
        self.hearing.on_event = self._told
        self.providers.on_read = self._asked
        self.creators.on_connected = self._connected
        self.creators.on_disconnected = self._disconnected
        self.creators.on_look = self.judge.see

    def live(self) -> dict[str, Any]:
        shown = self.clock.now
        with self.service.running():
            while self.clock.now < self.end:
                self._step()
                if self.clock.now - shown > timedelta(days=10):
                    shown = self.clock.now
                    print(f"{shown:%m-%d} after {time.monotonic() - self.began:.0f} s", file=sys.stderr, flush=True)
            for person in self.creators.people:
                self.creators.look(person)
            self.service.work()
        return self._result()

    def _step(self) -> None:
        moment = self.clock.now + self.step
        self.truth.happen_until(moment)
        self.clock.go_to(moment)
        for incident in self.incidents.begin(self.clock.now):
            if incident.what == "endpoint down":
                self.hearing.down_until = incident.end
            self.service.suffer(incident)
        if self.clock.now.hour == 0 and self.clock.now.minute < self.step.total_seconds() / 60:
            self.truth.look_at_all()
        self.service.work()

    # Who is told what

    def _connected(self, life: Any) -> None:
        self.need.connected(life, self.clock.now)
        if end := life.known_end():
            connected = life.connected

            def passed() -> None:
                if life.connected == connected and life.known_end() == end and not _died_before(life, end):
                    self.judge.passed_end(life, end)

            self.truth.at(end + timedelta(seconds=2), passed)

    def _told(self, kind: str, at: Any, data: dict[str, Any]) -> None:
        self._say(f"told {kind} of {at:%m-%d %H:%M} {data}", data.get("network_id", 0))
        self.judge.hear(kind, at, data)
        life = self.truth.by_pk.get(data.get("network_id", 0))
        if life is None:
            return
        if kind == "network.reauth_required":
            self.creators.told_of_end(life, within=20, share=0.85)
        elif kind == "network.disconnected" and data["by"] == "provider":
            self._disconnected(life)
        elif kind == "network.expiring":
            self.creators.told_of_end(life, within=10, share=0.3)

    def _say(self, what: str, pk: int) -> None:
        life = self.truth.by_pk.get(pk)
        if life and life.name == self.providers.watched:
            print(f"watched: {self.clock.now:%m-%d %H:%M:%S} {what}", file=sys.stderr, flush=True)

    def _disconnected(self, life: Any) -> None:
        if life.connected is None:
            return
        self.need.disconnected(life, self.clock.now)
        self.truth.disconnected(life)
        self.creators.told_of_end(life, within=20, share=0.5)

    def _asked(self, token: Any, network: str, name: str) -> None:
        life = self.truth.by_account.get((network, name))
        if life and life.connected:
            if life.dead or life.why_dead():
                self.need.accrue(life, self.clock.now)
            else:
                self.need.read(life, self.clock.now)

    def _result(self) -> dict[str, Any]:
        for life in self.truth.lives:
            self.need.accrue(life, self.clock.now)
            for _ in life.deaths:
                self.need.died(life)
        tallies = self.judge.conclude(self.end, self.hearing.heard)
        again = self.hearing.told_again()
        return {
            "tallies": {network: asdict(tally) for network, tally in tallies.items()},
            "calls": {f"{network}:{purpose}": count for (network, purpose), count in self.providers.calls.items()},
            "need": {f"{network}:{purpose}": count for (network, purpose), count in self.need.calls.items()},
            "days": dict(self.need.connected_days),
            "needless": dict(self.providers.needless),
            "again": again,
            "findings": self.judge.findings[:FINDINGS_SHOWN],
            "errors": dict(self.service.errors),
            "refused": self.creators.refused,
            "done": dict(self.service.done),
            "seconds": time.monotonic() - self.began,
            "spent": dict(self.service.spent),
            "cpu": time.process_time(),
        }


def _died_before(life: Any, end: Any) -> bool:
    return any(
        death.start < end - timedelta(minutes=1) and (death.end is None or death.end > end) for death in life.deaths
    )
