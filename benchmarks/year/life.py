"""One account at its provider, its connection to us, and the times in which that was dead."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.year.lives import OWN_KEYS
from social_auth.sandbox import accounts
from social_auth.sandbox.tokens import Token

A_MINUTE = timedelta(minutes=1)
DATA_ACCESS = timedelta(days=90)
"""For so long after a sign-in Facebook tells what a person let us read; the token itself may live on."""


@dataclass
class Death:
    """A time in which a connection is dead, why, and when its owner was told."""

    start: datetime
    why: str
    told: datetime | None = None
    end: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether it was so at that moment, or came to be noted with what was said then."""
        return self.start - A_MINUTE <= moment and (self.end is None or moment <= self.end + A_MINUTE)


@dataclass
class Life:
    """One account at its provider, and its connection to us."""

    network: str
    name: str
    creator: int
    bare: bool
    base: int
    growth: float
    born: datetime
    state: str = "ok"
    access: Token | None = None
    refresh: Token | None = None
    signed_in: datetime | None = None
    """When its owner last signed in at the provider to connect it."""
    connected: datetime | None = None
    """When its owner connected it last; None while it is not connected."""
    pk: int = 0
    deaths: list[Death] = field(default_factory=list)
    alive_since: datetime | None = None
    handles: list[tuple[datetime, str]] = field(default_factory=list)
    ended: bool = False
    """Whether somebody ended, since it was connected, what its provider gave."""
    unsavable: bool = False
    """Whether a worker was killed between a provider's only answer and the first place that could keep it."""

    @property
    def account(self) -> accounts.Account:
        return accounts.Account(self.network, self.name)

    @property
    def dead(self) -> Death | None:
        return self.deaths[-1] if self.deaths and self.deaths[-1].end is None else None

    def followers(self, now: datetime) -> int:
        days = (now - self.born) / timedelta(days=1)
        return min(int(self.base * math.exp(math.log1p(self.growth) * min(days, 120))), 10**9)

    def why_dead(self) -> str:
        """Why nothing that the provider gave last opens the account any more; empty if it does."""
        if self.state in ("deleted", "suspended"):
            return self.state
        if self.state == "missing_scope" and self.network not in OWN_KEYS:
            return "scope lost"
        renews = self.refresh is not None and not self.refresh.dead
        if self.network in OWN_KEYS:
            return "" if self.refresh is None or renews else "grant ended"
        opens = self.access is not None and not self.access.dead
        return "" if opens or renews else "grant ended"

    def known_end(self) -> datetime | None:
        """When the connection ends by itself, whatever we do; None if we can keep it."""
        if self.access is None or self.network in OWN_KEYS or self.network == "instagram":
            return None
        if self.network == "facebook":
            return datetime.fromtimestamp(self.access.signed_in, self.born.tzinfo) + DATA_ACCESS
        last = self.refresh or self.access
        if self.refresh and self.network != "linkedin":
            return None
        return datetime.fromtimestamp(last.ends_at, self.born.tzinfo)
