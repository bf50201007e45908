"""The refresh as Prometheus sees it; read when it is asked for, from the database all processes share."""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from social_auth.engine import TALLIES, network_states

GAUGES = {
    "due": "Networks whose time to be read has come",
    "oldest_due_seconds": "How long the first of them has been due",
    "outstanding": "Networks that a worker has",
    "calls_available": "Calls that the budget allows at this moment",
    "units_left": "What is left of the provider's daily quota",
    "paused": "Whether ops paused the network",
}
WORDS = {
    "calls": "that the provider gave an answer about",
    "refreshed": "read",
    "postponed": "not read: no answer that means anything",
    "ends": "called dead or gone for the first time",
    "renewed": "whose credential was renewed",
}


class EngineCollector(Collector):
    def describe(self) -> list[Any]:
        return []  # asking for names must not ask the database

    def collect(self) -> Iterator[Any]:
        try:
            states = network_states(timezone.now())
        except DatabaseError:
            return  # the probe of the database says that
        for name, about in GAUGES.items():
            yield _gauge(f"connect_refresh_{name}", about, {(state["network"],): state[name] for state in states})
        for name in TALLIES:
            about = f"Networks of the last five minutes {WORDS[name]}"
            yield _gauge(f"connect_refresh_{name}_5m", about, {(state["network"],): state[name] for state in states})
        counts: dict[tuple[str, ...], Any] = {
            (one["network"], health): count for one in states for health, count in one["health"].items()
        }
        yield _gauge("connect_connections", "Verified connections", counts, ("network", "health"))


def _gauge(name: str, about: str, values: dict[tuple[str, ...], Any], labels: tuple[str, ...] = ("network",)) -> Any:
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values.items():
        if value is not None:
            family.add_metric(list(key), float(value))
    return family


def register() -> None:
    REGISTRY.register(EngineCollector())
