"""The state of the refresh as a table, for the command line and the front page of the admin."""

from datetime import datetime
from typing import Any

from social_auth.refresh.states import network_states

COLUMNS = (
    "network", "state", "due", "oldest due", "outstanding", "read", "postponed", "called dead", "calls left",
    "units left", "not healthy", "answered", "renewed",
)  # fmt: skip
WORDS = ("network", "oldest due", "state")
"""The columns that are not numbers."""


def rows(now: datetime) -> list[list[str]]:
    return [_cells(state) for state in network_states(now)]


def _cells(state: dict[str, Any]) -> list[str]:
    ill = {health.replace("_", " "): count for health, count in state["health"].items() if health != "healthy"}
    unwell = [f"{count:,} {health}" for health, count in ill.items()]
    units_left = "-" if state["units_left"] is None else f"{state['units_left']:,}"
    head = [state["network"], _word(state), f"{state['due']:,}", _age(state["oldest_due_seconds"])]
    counts = ("outstanding", "refreshed", "postponed", "ends", "calls_available")
    tail = [units_left, ", ".join(unwell) or "-", f"{state['calls']:,}", f"{state['renewed']:,}"]
    return [*head, *(f"{state[name]:,}" for name in counts), *tail]


def _age(seconds: float) -> str:
    if not seconds:
        return "-"
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"


def _word(state: dict[str, Any]) -> str:
    if state["paused"]:
        until = state["paused_until"]
        return f"paused until {until:%Y-%m-%d %H:%M}" if until else "paused"
    if state["parked_until"]:
        return f"left alone until {state['parked_until']:%H:%M:%S}"
    return "refuses us" if state["faults"] else "running"
