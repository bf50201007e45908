"""Which version of a provider's API we ask for, when it ends, and what is asked for once it is refused."""

import re
import threading
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from connect.network_table import Network

WARN_DAYS = 60
SERVED = "facebook-api-version"
"""The header in which Graph says which version served a call: an ended one is replaced without a word."""
SETTINGS = {
    Network.FACEBOOK: "GRAPH_VERSION",
    Network.INSTAGRAM: "GRAPH_VERSION",
    Network.LINKEDIN: "LINKEDIN_VERSION",
}
"""The setting with the version that each network is asked under; the others' versions have no end that is told."""


@dataclass(frozen=True)
class Version:
    name: str
    ends: date | None
    """None if the provider has not said yet."""
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
"""By setting, oldest first."""

_lock = threading.Lock()
_refused: set[tuple[str, str]] = set()
_differing: set[tuple[str, str, str]] = set()
logger = structlog.get_logger(__name__)


def wanted(network: str) -> str:
    """The version that ops set."""
    return str(getattr(settings, SETTINGS[Network(network)]))


def in_use(network: str) -> str:
    """What to ask for now: what is set, or the next known one if this process was refused that.

    Once all were refused it is what is set again, so that a provider which was wrong for a while is heard.
    """
    return _next_living(network) or wanted(network)


def pass_over(network: str, version: str) -> bool:
    """Ask under it no more, for the life of this process; tells whether there is another one to ask under."""
    key = (SETTINGS[Network(network)], version)
    with _lock:
        newly = key not in _refused
        _refused.add(key)
        instead = _next_living(network)
    if newly:
        logger.error("a provider refuses our version", network=str(network), version=version, instead=instead)
    return instead is not None


def compare(network: str, url: str, headers: dict[str, str]) -> None:
    """Say once that an answer is of another version than the one that the address asked for."""
    asked, served = re.match(r"/(v\d+\.\d+)/", urlsplit(url).path), headers.get(SERVED)
    if not asked or not served or asked[1] == served:
        return
    key = (str(network), asked[1], served)
    with _lock:
        newly = key not in _differing
        _differing.add(key)
    if newly:
        logger.error("a provider serves another version", network=key[0], asked=key[1], served=served[:20])


def days_left(network: str, today: date) -> int | None:
    """Until the version that is set ends, negative afterwards, None if nobody knows; 0 where it was refused already."""
    known = _known(network).get(wanted(network))
    left = (known.ends - today).days if known and known.ends else None
    if (SETTINGS[Network(network)], wanted(network)) in _refused:
        return min(left or 0, 0)
    return left


def warnings(today: date) -> list[str]:
    """What ops have to do something about: versions that end soon, have ended, are refused or unknown to the table."""
    told = {setting: _warning(network, setting, today) for network, setting in SETTINGS.items()}
    return [f"{setting}={wanted}" for setting, wanted in told.items() if wanted]


def forget() -> None:
    _refused.clear()
    _differing.clear()


def _warning(network: str, setting: str, today: date) -> str:
    version, left, known = wanted(network), days_left(network, today), _known(network)
    if (setting, version) in _refused:
        return f"{version} is refused: {in_use(network)} is asked for instead"
    if version not in known:
        return f"{version} is in no list that we know: nobody knows its end"
    if left is None or left > WARN_DAYS:
        return ""
    return f"{version} {'ends' if left >= 0 else 'ended'} on {known[version].ends} ({left} days left)"


def _known(network: str) -> dict[str, Version]:
    return {version.name: version for version in KNOWN[SETTINGS[Network(network)]]}


def _next_living(network: str) -> str | None:
    """What is set, else the next newer one, else the newest of the older ones; None if all were refused."""
    setting, first = SETTINGS[Network(network)], wanted(network)
    names = [version.name for version in KNOWN[setting]]
    newer = [name for name in names if name > first]
    older = [name for name in reversed(names) if name < first]
    return next((name for name in (first, *newer, *older) if (setting, name) not in _refused), None)
