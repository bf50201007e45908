"""The moderation figures of the front page: what waits, and decisions by day and by person."""

import json
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.timesince import timesince

from connect.desk import queue
from connect.desk.models import Decision

DAYS = 14
SHADES = {
    "accept": "var(--color-primary-600)",
    "keep": "var(--color-primary-400)",
    "reinstate": "var(--color-primary-300)",
    "reject": "#d97706",
    "suspend": "#dc2626",
    "uphold": "#9ca3af",
}


AXIS = {"stacked": True, "border": {"display": False}, "grid": {"display": False}}
WHOLE_NUMBERS = {"precision": 0, "maxTicksLimit": 6, "color": "#6b7280"}
OPTIONS = {
    "animation": False,
    "responsive": True,
    "maintainAspectRatio": False,
    "maxBarThickness": 28,
    "interaction": {"mode": "index"},
    "plugins": {"legend": {"display": False}},
    "scales": {
        "x": {**AXIS, "ticks": {"maxRotation": 0, "autoSkipPadding": 12, "color": "#6b7280"}},
        "y": {**AXIS, "beginAtZero": True, "suggestedMax": 4, "ticks": WHOLE_NUMBERS, "grid": {"display": True}},
    },
}
"""Options of the chart."""


def figures(now: datetime) -> dict[str, Any]:
    oldest = queue.oldest()
    days = [now.date() - timedelta(days=back) for back in reversed(range(DAYS))]
    since = datetime.combine(days[0], time(), UTC)
    rows = Decision.objects.filter(at__gte=since).annotate(day=TruncDate("at"))
    counted = list(rows.values_list("day", "decision", "staff__email").annotate(Count("pk")).order_by("day"))
    by_day = Counter({(day, decision): 0 for day, decision, *_ in counted})
    for day, decision, _, count in counted:
        by_day[day, decision] += count
    return {
        "waiting": queue.counts(),
        "counted": queue.MAX_COUNTED,
        "oldest": timesince(oldest, now, depth=1) if oldest else "",
        "decided": sum(by_day.values()),
        "share": _accept_share({name: sum(by_day[day, name] for day in days) for name in SHADES}),
        "chart": _chart(days, by_day),
        "chart_options": json.dumps(OPTIONS),
        "told": [(day, sum(by_day[day, name] for name in SHADES)) for day in days],
        "people": _people(counted),
    }


def _chart(days: list[Any], by_day: Counter[Any]) -> str:
    """The data for the chart component of the admin's theme: a stack of decisions for each day."""
    sets = [
        {
            "label": name,
            "data": [by_day[day, name] for day in days],
            "backgroundColor": shade,
            "stack": "all",
        }
        for name, shade in SHADES.items()
    ]
    return json.dumps({"labels": [f"{day.day} {day:%b}" for day in days], "datasets": sets})


def _people(counted: list[Any]) -> list[dict[str, Any]]:
    """For each member of staff the number of decisions and the share of accepts, most decisions first."""
    people: dict[str, Counter[str]] = {}
    for _, decision, email, count in counted:
        people.setdefault(email or "by command", Counter())[decision] += count
    lines = [
        {"who": email, "decided": sum(counts.values()), "share": _accept_share(counts)}
        for email, counts in people.items()
    ]
    return sorted(lines, key=lambda line: -line["decided"])


def _accept_share(counts: Any) -> int | None:
    """The percentage of accepts among accepts, rejections and suspensions; None without any."""
    decided = sum(counts[name] for name in ("accept", "reject", "suspend"))
    return round(100 * counts["accept"] / decided) if decided else None
