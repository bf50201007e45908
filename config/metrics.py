"""Gauges for Prometheus, read at each scrape from the database that all processes share."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import redis
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from connect.desk.bulk import BULK
from connect.redis_client import our_redis
from social_auth.assets.discovery import DISCOVERY
from social_auth.credentials.key_checks import keys_that_are_missing
from social_auth.credentials.renewal import RENEWAL
from social_auth.credentials.revocation import REVOCATION
from social_auth.credentials.sealed_kinds import all_kinds
from social_auth.notices.delivery import DELIVERY
from social_auth.notices.mail import MAIL
from social_auth.privacy.erasure import ERASURE
from social_auth.providers import versions
from social_auth.refresh.engagement import ENGAGEMENT
from social_auth.refresh.states import TALLIES, network_states

GAUGES = {
    "due": "Networks whose time to be read has come",
    "oldest_due_seconds": "How long the first of them has been due",
    "outstanding": "Networks that a worker has",
    "calls_available": "Calls that the budget allows at this moment",
    "units_left": "What is left of the provider's daily quota",
    "paused": "Whether ops paused the network",
}
WORK_GAUGES = {
    "due": "Rows of a kind of work whose time has come",
    "oldest_due_seconds": "How long the first of them has been due",
    "outstanding": "Rows that a worker has",
}
WORKS = (RENEWAL, DISCOVERY, ENGAGEMENT, REVOCATION, ERASURE, DELIVERY, MAIL, BULK)
WORDS = {
    "calls": "that the provider gave an answer about",
    "refreshed": "read",
    "postponed": "not read: no answer that means anything",
    "ends": "called dead or gone, for the first time or not believed before",
    "renewed": "whose credential was renewed",
    "faults": "where the provider refused us, not the account: counted once a minute and process",
    "refused": "whose renewal was newly refused, where readings need no token",
    "lost": "whose renewal was answered and its answer lost",
}


REDIS = "Whether Redis takes what is written: without it calls are not counted and planners hand out nothing"
VERSION_ENDS = "Days until the version of its API that we ask under ends; absent if the provider has not said"
SEALED = "Secrets under keys that the process that answers was not given"


class EngineCollector(Collector):
    def describe(self) -> list[Any]:
        return []  # registering the collector must not query the database

    def collect(self) -> Iterator[Any]:
        yield GaugeMetricFamily("connect_redis_usable", REDIS, value=_redis_usable())
        yield _version_ends()
        try:
            states = network_states(timezone.now())
        except DatabaseError:
            return  # readiness reports that the database is away
        for name, about in GAUGES.items():
            yield _gauge(f"connect_refresh_{name}", about, {(state["network"],): state[name] for state in states})
        for name in TALLIES:
            about = f"Networks of the last five minutes {WORDS[name]}"
            yield _gauge(f"connect_refresh_{name}_5m", about, {(state["network"],): state[name] for state in states})
        yield from _work(timezone.now())
        yield _gauge("connect_sealed_elsewhere", SEALED, _sealed_elsewhere(), ("kind",))
        counts: dict[tuple[str, ...], Any] = {
            (state["network"], health): count for state in states for health, count in state["health"].items()
        }
        yield _gauge("connect_connections", "Verified connections", counts, ("network", "health"))


def _redis_usable() -> bool:
    try:
        return bool(our_redis().set("health", "metrics", ex=60))
    except redis.RedisError:
        return False


def _version_ends() -> Any:
    today = timezone.now().date()
    values: dict[tuple[str, ...], Any] = {
        (str(network), versions.configured(network)): versions.days_left(network, today)
        for network in versions.SETTINGS
    }
    return _gauge("connect_provider_version_days_left", VERSION_ENDS, values, ("network", "version"))


def _sealed_elsewhere() -> dict[tuple[str, ...], Any]:
    missing = keys_that_are_missing()
    return {(kind.name,): kind.count_under(missing) if missing else 0 for kind in all_kinds()}


def _work(now: datetime) -> Iterator[Any]:
    """Gauges of all due work but the refresh, by lane. The lane of a webhook is its endpoint's id."""
    states = {(work.name, lane): work.state(lane, now) for work in WORKS for lane in work.lanes(now)}
    for name, about in WORK_GAUGES.items():
        values: dict[tuple[str, ...], Any] = {key: state[name] for key, state in states.items()}
        yield _gauge(f"connect_work_{name}", about, values, ("work", "lane"))


def _gauge(name: str, about: str, values: dict[tuple[str, ...], Any], labels: tuple[str, ...] = ("network",)) -> Any:
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values.items():
        if value is not None:
            family.add_metric(list(key), float(value))
    return family


def register() -> None:
    REGISTRY.register(EngineCollector())
