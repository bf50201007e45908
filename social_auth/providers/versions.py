"""Which version of a provider's API we call, when it ends, and which one we call instead if it is refused."""

import re
import threading
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from connect.network_table import Network

WARN_DAYS = 60
SERVED_HEADER = "facebook-api-version"
"""In this header Graph names the version that served a call: it silently replaces a version that has ended."""
SETTINGS = {
    Network.FACEBOOK: "GRAPH_VERSION",
    Network.INSTAGRAM: "GRAPH_VERSION",
    Network.LINKEDIN: "LINKEDIN_VERSION",
}
"""The setting with the version for each network; the other providers announce no end of a version."""


@dataclass(frozen=True)
class Version:
    name: str
    ends: date | None
    """None if the provider has not announced it."""
    source: str


META = "developers.facebook.com, Graph API changelog of 2026-10-29"
MIGRATIONS = "learn.microsoft.com, LinkedIn versioning and migrations, read 2026-11-27"
YEAR = "expected: each is served for a year (learn.microsoft.com, LinkedIn versioning; 202609 read there on 2026-09-27)"
UNSEEN = "expected: one a month, each served for a year; no list with it was seen"
KNOWN = {
    "GRAPH_VERSION": (
        Version("v21.0", date(2027, 1, 21), META),
        Version("v22.0", date(2027, 5, 20), META),
        Version("v23.0", date(2027, 10, 8), META),
        Version("v24.0", date(2028, 2, 18), META),
        Version("v25.0", date(2028, 7, 29), META),
        Version("v26.0", None, META),
        Version("v27.0", None, META),
    ),
    "LINKEDIN_VERSION": (
        Version("202601", date(2027, 1, 15), MIGRATIONS),
        Version("202602", date(2027, 2, 15), MIGRATIONS),
        Version("202603", date(2027, 3, 16), MIGRATIONS),
        *(Version(f"20260{month}", date(2027, month, 15), YEAR) for month in range(4, 10)),
        *(Version(f"2026{month}", date(2027, month, 15), UNSEEN) for month in range(10, 12)),
    ),
}
"""The versions of each setting, oldest first."""

_lock = threading.Lock()
_refused: set[tuple[str, str]] = set()
_differing: set[tuple[str, str, str]] = set()
logger = structlog.get_logger(__name__)


def configured(network: str) -> str:
    """The version in the settings."""
    return str(getattr(settings, SETTINGS[Network(network)]))


def in_use(network: str) -> str:
    """The version to call: the configured one, or the next known one if the provider refused that to this process.

    If all were refused it is the configured one again: a provider that refused it by mistake may have recovered.
    """
    return _next_living(network) or configured(network)


def mark_refused(network: str, version: str) -> bool:
    """Call that version no more, for the life of this process. Returns whether there is another one to call."""
    key = (SETTINGS[Network(network)], version)
    with _lock:
        newly = key not in _refused
        _refused.add(key)
        instead = _next_living(network)
    if newly:
        logger.error("a provider refuses our version", network=str(network), version=version, instead=instead)
    return instead is not None


def report_difference(network: str, url: str, headers: dict[str, str]) -> None:
    """Log, once a process, that an answer came from another version than the one in the URL of the call."""
    requested, served = re.match(r"/(v\d+\.\d+)/", urlsplit(url).path), headers.get(SERVED_HEADER)
    if not requested or not served or requested[1] == served:
        return
    key = (str(network), requested[1], served)
    with _lock:
        newly = key not in _differing
        _differing.add(key)
    if newly:
        logger.error("a provider serves another version", network=key[0], asked=key[1], served=served[:20])


def days_left(network: str, today: date) -> int | None:
    """Days until the configured version ends, negative afterwards; None if unknown, at most 0 if it was refused."""
    version = _known_versions(network).get(configured(network))
    days = (version.ends - today).days if version and version.ends else None
    if (SETTINGS[Network(network)], configured(network)) in _refused:
        return min(days or 0, 0)
    return days


def warnings(today: date) -> list[str]:
    """A line for each setting that ops must change: its version ends soon, has ended, is refused or unknown to us."""
    by_setting = {setting: _warning(network, setting, today) for network, setting in SETTINGS.items()}
    return [f"{setting}={warning}" for setting, warning in by_setting.items() if warning]


def reset() -> None:
    _refused.clear()
    _differing.clear()


def _warning(network: str, setting: str, today: date) -> str:
    version, days, known = configured(network), days_left(network, today), _known_versions(network)
    if (setting, version) in _refused:
        return f"{version} is refused: {in_use(network)} is asked for instead"
    if version not in known:
        return f"{version} is in no list that we know: nobody knows its end"
    if days is None or days > WARN_DAYS:
        return ""
    return f"{version} {'ends' if days >= 0 else 'ended'} on {known[version].ends} ({days} days left)"


def _known_versions(network: str) -> dict[str, Version]:
    return {version.name: version for version in KNOWN[SETTINGS[Network(network)]]}


def _next_living(network: str) -> str | None:
    """The configured version, else the next newer one, else the newest older one; None if all were refused."""
    setting, first = SETTINGS[Network(network)], configured(network)
    names = [version.name for version in KNOWN[setting]]
    newer = [name for name in names if name > first]
    older = [name for name in reversed(names) if name < first]
    return next((name for name in (first, *newer, *older) if (setting, name) not in _refused), None)
