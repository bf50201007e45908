"""How credentials live at each provider (docs/providers.md), and how often what happens to them."""

from dataclasses import dataclass, field
from datetime import timedelta

HOUR, DAY = 3600.0, 86400.0
OWN_KEYS = ("youtube", "twitter")
"""Read by our own keys: the owner's credential is asked for once a week only."""
LIVES = {
    ("facebook", "short"): 60 * DAY,
    ("facebook", "long"): 60 * DAY,
    ("instagram", "short"): HOUR,
    ("instagram", "long"): 60 * DAY - 56,
    ("youtube", "short"): HOUR,
    ("twitter", "short"): 2 * HOUR,
    ("tiktok", "short"): DAY,
    ("tiktok", "refresh"): 365 * DAY,
    ("linkedin", "short"): 60 * DAY,
    ("linkedin", "refresh"): 365 * DAY,
    ("pinterest", "short"): 30 * DAY,
    ("pinterest", "refresh"): 60 * DAY,
}
"""Of tokens, by network and kind, in seconds; a refresh token that is not listed has no end of its own."""


@dataclass(frozen=True)
class Habits:
    """What accounts of a network have and meet; frequencies are of one account in a year."""

    bare: float
    """The share of connections without a refresh token, where there are any: they end with their access token."""
    holding: float = 0.0
    """The share that administers pages, boards or organisations."""
    often: dict[str, float] = field(default_factory=dict)


_OFTEN = {
    "ends_early": 1.0,
    "revoked": 0.25,
    "new_password": 0.3,
    "scope_lost": 0.1,
    "renamed": 0.25,
    "handle_taken": 0.05,
    "deleted": 0.04,
    "suspended": 0.12,
    "hidden": 0.15,
    "left": 0.06,
}
HABITS = {
    "facebook": Habits(
        1.0, holding=0.3, often=_OFTEN | {"ends_early": 0.2, "scope_lost": 0, "handle_taken": 0, "renamed": 0}
    ),
    "instagram": Habits(1.0, often=_OFTEN | {"ends_early": 0.2}),
    "youtube": Habits(0.1, often=_OFTEN | {"scope_lost": 0, "handle_taken": 0, "renamed": 0}),
    "twitter": Habits(0.2, often=_OFTEN | {"scope_lost": 0}),
    "tiktok": Habits(0.03, often=_OFTEN),
    "linkedin": Habits(0.5, holding=0.3, often=_OFTEN | {"handle_taken": 0, "renamed": 0}),
    "pinterest": Habits(0.1, holding=0.3, often=_OFTEN),
}
ENDS_GRANT = ("facebook", "instagram", "tiktok", "pinterest")
"""Where a new password ends what renews a credential too; elsewhere it ends access tokens."""
CALLS_BACK = ("facebook", "instagram", "tiktok")
"""Who calls us when a person takes our app's permissions away."""
EXTENDED = ("facebook", "instagram")
"""Where the access token itself is exchanged for a later one."""
GROWTH = ((0.2, 0.0), (0.6, 0.002), (0.16, 0.02), (0.04, 0.08))
"""Shares of accounts, and by what share of itself their count grows in a day."""
BACK_AFTER = timedelta(days=30)
"""The longest suspension."""
