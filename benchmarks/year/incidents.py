"""What goes wrong: drawn from the seed beforehand, at a provider for a while, or with us at a moment."""

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.year.lives import HABITS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_PROVIDER = {
    "5xx": (4, HOUR * 0.3, HOUR * 8),
    "hang": (2, HOUR * 0.3, HOUR * 3),
    "limited": (1, DAY * 0.5, DAY * 2),
    "storm": (4, HOUR * 0.2, HOUR * 6),
    "client disabled": (1, HOUR * 2, HOUR * 24),
    "version retired": (0.5, DAY * 0.5, DAY * 2),
}
"""How often in a year at each provider, and how long at least and at most."""
WITH_US = {"worker killed": 40, "deploy": 100, "Redis emptied": 6, "database away": 12, "endpoint down": 8}
"""How often in a year."""
AFTERWARDS = HOUR * 6
"""So much later an incident's consequences are over: what was postponed in it has been asked for again."""
QUIET = DAY * 5
"""At the end nothing new goes wrong, so that all that was begun can come to its end."""


@dataclass(frozen=True)
class Incident:
    what: str
    network: str
    start: datetime
    end: datetime
    share: float = 1.0
    of_accounts: bool = False
    """Whether the same accounts are hit all the time, instead of some calls of all of them."""
    grants_too: bool = False
    """Whether the token endpoint takes part in a storm."""

    def hits(self, account: str, dice: random.Random) -> bool:
        if not self.of_accounts:
            return dice.random() < self.share
        digest = hashlib.sha256(f"{self.start}{account}".encode()).digest()
        return digest[0] / 256 < self.share

    def __str__(self) -> str:
        about = f"{self.share:.0%} of {'accounts' if self.of_accounts else 'calls'}" if self.what == "storm" else ""
        hours = (self.end - self.start) / HOUR
        return f"{self.start:%m-%d %H:%M} {self.network or 'we'}: {self.what} {about} for {hours:.1f} h".replace(
            "  ", " "
        )


class Incidents:
    def __init__(self, dice: random.Random, start: datetime, end: datetime, trouble: int) -> None:
        self.dice = dice
        calm = end - QUIET
        first = start + DAY * 3  # everybody connects in peace
        at_providers = [
            self._drawn(what, network, moment)
            for network in HABITS
            for what, (often, _, _) in AT_PROVIDER.items()
            for moment in self._moments(often * trouble, first, calm)
        ]
        with_us = [
            Incident(what, "", moment, moment + HOUR * (dice.uniform(1, 20) if what == "endpoint down" else 0))
            for what, often in WITH_US.items()
            for moment in self._moments(often * trouble, first, calm)
        ]
        self.at_providers = sorted(at_providers, key=lambda one: one.start)
        self.with_us = sorted(with_us, key=lambda one: one.start)
        self.current: dict[str, list[Incident]] = {}
        self._edges = sorted({edge for one in (*at_providers, *with_us) for edge in (one.start, one.end)})

    def _moments(self, often: float, start: datetime, end: datetime) -> list[datetime]:
        moments, moment = [], start
        while (moment := moment + timedelta(days=365) * self.dice.expovariate(often)) < end:
            moments.append(moment)
        return moments

    def _drawn(self, what: str, network: str, start: datetime) -> Incident:
        _, least, most = AT_PROVIDER[what]
        share = self.dice.uniform(0.1, 1) if what == "storm" else 1.0
        of_accounts, grants_too = self.dice.random() < 0.5, self.dice.random() < 0.5
        end = start + least + (most - least) * self.dice.random() ** 2
        return Incident(what, network, start, end, share, of_accounts, grants_too)

    def next_at(self, now: datetime) -> datetime | None:
        return next((edge for edge in self._edges if edge > now), None)

    def begin(self, now: datetime) -> list[Incident]:
        """Look which incidents there are at that moment; return those of our own whose moment came."""
        self._edges = [edge for edge in self._edges if edge > now]
        self.current = {}
        for one in self.at_providers:
            if one.start <= now < one.end:
                self.current.setdefault(one.network, []).append(one)
        came = [one for one in self.with_us if one.start <= now]
        self.with_us = self.with_us[len(came) :]
        return came

    def blind(self, network: str, start: datetime, end: datetime) -> timedelta:
        """For how long of that time nobody could have known the truth about accounts of that network."""
        spans = sorted(
            (max(one.start, start), min(one.end + AFTERWARDS, end))
            for one in self.at_providers
            if one.network == network and one.start < end and one.end + AFTERWARDS > start
        )
        total, reached = timedelta(0), start
        for begin, over in spans:
            total += max(over - max(begin, reached), timedelta(0))
            reached = max(reached, over)
        return total
