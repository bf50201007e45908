from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from social_auth.engine import network_states

COLUMNS = (
    "network", "due", "oldest due", "outstanding", "answered 5 min", "read", "postponed", "dead", "renewed",
    "calls left", "units left", "state", "not healthy",
)  # fmt: skip


class Command(BaseCommand):
    help = "Show how the refresh is doing, a line for each network."

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table()
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in ("network", "state") else "right")
        for state in network_states(timezone.now()):
            table.add_row(*self.cells(state))
        Console(file=cast(TextIO, self.stdout), width=170).print(table)

    def cells(self, state: dict[str, Any]) -> list[str]:
        unwell = sum(count for health, count in state["health"].items() if health != "healthy")
        numbers = [state[name] for name in ("calls", "refreshed", "postponed", "ends", "renewed", "calls_available")]
        left = "-" if state["units_left"] is None else f"{state['units_left']:,}"
        head = [state["network"], f"{state['due']:,}", _age(state["oldest_due_seconds"]), f"{state['outstanding']:,}"]
        return [*head, *(f"{number:,}" for number in numbers), left, _word(state), f"{unwell:,}"]


def _age(seconds: float) -> str:
    if not seconds:
        return "-"
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"


def _word(state: dict[str, Any]) -> str:
    if state["paused"]:
        until = state["paused_until"]
        return f"paused until {until:%Y-%m-%d %H:%M}" if until else "paused"
    return f"left alone until {state['parked_until']:%H:%M:%S}" if state["parked_until"] else "running"
