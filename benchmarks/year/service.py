"""Beat, broker and workers in this process: tasks run in the order of their messages, and die when they must."""

import random
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.app.task import Task
from django.db import OperationalError, connection

from benchmarks.year.clock import Clock
from benchmarks.year.incidents import Incident
from benchmarks.year.providers import Providers
from benchmarks.year.truth import Truth
from config.celery import app
from connect.due_work.work import DueWork
from connect.redis_client import our_redis

PURPOSES = {
    "refresh_batch": "read", "refresh_one": "read", "renew_credentials": "renew", "list_assets": "list",
    "discover": "list", "measure_engagement": "posts", "revoke_tokens": "revoke", "revoke": "revoke",
}  # fmt: skip
PLANNERS = ("plan_refresh", "plan_renewals", "plan_discoveries", "plan_engagement", "plan_revocations", "plan_webhooks")
HOURLY = ("warn_of_ends", "forget_seen", "give_up_exchanges")
DAILY = ("prune_events", "prune_history", "clear_sessions")
DELIVERED_AGAIN = timedelta(hours=1)
"""When the broker gives a message to somebody else whose worker was killed."""
AWAY = 30.0
"""Seconds for which the database is away."""
REFUSED = 1.0
"""Seconds that pass with each attempt to reach it meanwhile."""
ROUNDS = 40
"""Of planning at one moment; in the time that a step stands for beat would make more."""
DUE = """
SELECT 'refresh:' || network FROM networks_socialnetwork WHERE next_refresh_at <= %(now)s AND verified
    AND status IN ('pending', 'accepted', 'rejected') AND (lease_until IS NULL OR lease_until <= %(now)s)
UNION SELECT 'renewal:' || provider FROM credentials_credential WHERE due_at <= %(now)s
    AND (lease_until IS NULL OR lease_until <= %(now)s)
UNION SELECT 'discovery:' || provider FROM assets_discovery WHERE due_at <= %(now)s
    AND (lease_until IS NULL OR lease_until <= %(now)s)
UNION SELECT 'engagement:' || provider FROM refresh_engagement AS work
    JOIN networks_socialnetwork AS network ON network.id = work.network_id AND network.health IN ('healthy', 'expiring')
    WHERE due_at <= %(now)s AND (work.lease_until IS NULL OR work.lease_until <= %(now)s)
UNION SELECT 'revocation:' || provider FROM credentials_revocation WHERE due_at <= %(now)s AND finished_at IS NULL
    AND (lease_until IS NULL OR lease_until <= %(now)s)
UNION SELECT 'delivery:' || endpoint_id FROM notices_webhookdelivery WHERE due_at <= %(now)s AND state = 'waiting'
    AND (lease_until IS NULL OR lease_until <= %(now)s)
UNION SELECT 'events' FROM connect_event WHERE position IS NULL
"""
PLANNED_BY = {
    "refresh": "plan_refresh", "renewal": "plan_renewals", "discovery": "plan_discoveries",
    "engagement": "plan_engagement", "revocation": "plan_revocations", "delivery": "plan_webhooks",
    "events": "plan_webhooks",
}  # fmt: skip


class Killed(BaseException):
    """The process is gone at this very place."""


@dataclass
class Message:
    name: str
    arguments: dict[str, Any]
    not_before: datetime


class Service:
    def __init__(self, clock: Clock, truth: Truth, providers: Providers, dice: random.Random) -> None:
        self.clock, self.truth, self.providers, self.dice = clock, truth, providers, dice
        self.queue: deque[Message] = deque()
        self.errors: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.spent: Counter[str] = Counter()
        self.due: set[str] = set()
        self.kill_in = 0
        """At how many database statements and calls from now a worker is killed; 0 is never."""
        self.killed = False
        self.cut_next_renewal = False
        self.database_back = 0.0
        self.at_work = ""
        providers.before = self._boundary
        providers.after = self._answered
        self._next_hour = self._next_day = clock.now
        app.loader.import_default_modules()
        self.tasks = {name.rpartition(".")[2]: task for name, task in app.tasks.items()}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take Celery's place, and stand between Django and its database."""
        send, claim = Task.apply_async, DueWork.claim_due

        def apply_async(task: Task, args: Any = None, kwargs: Any = None, **_: Any) -> None:
            self.queue.append(Message(task.name, dict(kwargs or {}), self.clock.now))

        def claim_due(work: DueWork, now: datetime) -> Iterator[Any]:
            """As the real one, without asking lane by lane where nothing is due."""
            for lane in work.lanes(now):
                if f"{work.name}:{lane}" in self.due:
                    yield from work.claim_lane(lane, now)

        Task.apply_async, DueWork.claim_due = apply_async, claim_due  # type: ignore[method-assign]
        connection.execute_wrappers.append(self._statement)
        try:
            yield
        finally:
            Task.apply_async, DueWork.claim_due = send, claim  # type: ignore[method-assign]
            connection.execute_wrappers.remove(self._statement)

    def work(self) -> None:
        """Do all that is due at this moment, as beat and any number of workers would until the next one."""
        self._housekeep()
        for _ in range(ROUNDS):
            planned = {PLANNED_BY[due.partition(":")[0]] for due in self._look_for_due()}
            for name in PLANNERS:
                if name in planned:
                    self._run(Message(name, {}, self.clock.now))
            if not self._drain():
                return

    def _look_for_due(self) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(DUE, {"now": self.clock.now})
            self.due = {due for (due,) in cursor.fetchall()}
        return self.due

    def _housekeep(self) -> None:
        now = self.clock.now
        names: tuple[str, ...] = ()
        if now >= self._next_hour:
            names, self._next_hour = HOURLY, now + timedelta(hours=1)
        if now >= self._next_day:
            names, self._next_day = (*names, *DAILY), now + timedelta(days=1)
        for name in names:
            self._run(Message(name, {}, now))

    def _drain(self) -> bool:
        """Work off what the broker holds; whether there was anything."""
        later: deque[Message] = deque()
        worked = False
        while self.queue:
            message = self.queue.popleft()
            if message.not_before > self.clock.now:
                later.append(message)
                continue
            worked = True
            self._run(message)
        self.queue = later
        return worked

    def _run(self, message: Message) -> None:
        self.at_work = message.name.rpartition(".")[2]
        task = self.tasks[self.at_work]
        self.providers.purpose = PURPOSES.get(self.at_work, self.at_work)
        self.done[self.at_work] += 1
        began = time.process_time()
        try:
            task.run(**message.arguments)
        except Killed:
            self._start_again(message)
        except Exception as error:
            if not isinstance(error, OperationalError) or not self.database_back:
                self.errors[f"{self.at_work}: {type(error).__name__}: {str(error)[:300]}"] += 1
                raise
        finally:
            self.spent[self.at_work] += time.process_time() - began
            self.at_work, self.providers.purpose = "", "connect"

    def _start_again(self, message: Message) -> None:
        """Another worker takes the dead one's place. The broker gives its message to somebody else, much later."""
        self.killed = False
        connection.close()
        self.forget_all()
        self.queue.append(Message(message.name, message.arguments, self.clock.now + DELIVERED_AGAIN))

    def forget_all(self) -> None:
        """What a process remembers is gone with it."""
        from social_auth.budgets import spending
        from social_auth.providers.adapters import ADAPTERS

        for adapter in ADAPTERS.values():
            adapter.breaker.reset()
        ADAPTERS["facebook"]._app_token_until = 0.0  # type: ignore[attr-defined]
        spending._local.cache_clear()

    # What goes wrong with us

    def suffer(self, incident: Incident) -> None:
        match incident.what:
            case "worker killed":
                self.kill_in = self.dice.randint(1, 60)
            case "deploy":
                self.forget_all()
            case "Redis emptied":
                our_redis().flushdb()
                self.queue.clear()
            case "database away":
                self.cut_next_renewal = True

    def _boundary(self) -> None:
        """Between any two steps of a task a worker may be killed."""
        if self.killed:
            raise Killed
        if self.at_work and self.kill_in:
            self.kill_in -= 1
            if self.kill_in == 0:
                self.killed = True
                raise Killed

    def _answered(self, call: Any, token: Any) -> None:
        """The database goes away just when a provider has renewed a credential."""
        if self.cut_next_renewal and call.params.get("grant_type") == "refresh_token" and self.at_work:
            self.cut_next_renewal, self.database_back = False, self.clock.seconds() + AWAY
        try:
            self._boundary()
        except Killed:
            if token and token.kind == "refresh":
                self.truth.by_account[token.network, token.account].unsavable = True
            raise

    def _statement(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if sql is DUE or "clock.hands" in str(sql):
            return execute(sql, params, many, context)  # the simulation's own
        self._boundary()
        if self.database_back:
            self.clock.pass_by(REFUSED)
            if self.clock.seconds() < self.database_back:
                raise OperationalError("the database is away")
            self.database_back = 0.0
        return execute(sql, params, many, context)
