"""The queue's page: a table of the records that wait, several of which may be decided on at once."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_http_methods

from connect.desk import queue
from connect.desk.filters import SORTS, YES_NO, Filters
from connect.desk.line import go_on
from connect.desk.rights import check, may
from connect.moderation.flags import Flag
from connect.moderation.kinds import kinds
from connect.network_table import Network

SAVED: tuple[tuple[str, dict[str, str]], ...] = (
    ("Everything", {}),
    ("Appeals", {"appeal": "yes"}),
    ("Proven", {"verified": "yes"}),
    ("Flagged", {"flagged": "yes"}),
    ("Three days and longer", {"days": "3"}),
    ("Most followers", {"sort": "followers"}),
)


@require_http_methods(["GET", "POST"])
def waiting(request: HttpRequest) -> HttpResponse:
    """The queue; posting holds its first record. A GET holds nothing, as browsers fetch pages in advance."""
    check(request, "view")
    filters = Filters.read(request.GET)
    if request.method == "POST":
        return go_on(request, filters)
    page = queue.page(filters, request.user, timezone.now(), _number(request.GET.get("page", "")))
    context = {
        **admin.site.each_context(request),
        "title": "Waiting for a decision",
        "filters": filters,
        "counts": queue.counts(),
        "counted": queue.MAX_COUNTED,
        "page": page,
        "rows": [(row, [_words(flag) for flag in row.flags], _age(row.waiting_since)) for row in page.rows],
        "selects": _selects(filters),
        "saved": [(title, Filters(**chosen).address, filters == Filters(**chosen)) for title, chosen in SAVED],
        "sorts": [(filters.but(sort=sort), words, filters.sort == sort) for sort, words in SORTS.items()],
        "may_decide": may(request, "decide"),
        "asked_at": timezone.now().isoformat(),
    }
    return TemplateResponse(request, "connect/desk/queue.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _age(since: datetime) -> str:
    """The age in its largest unit alone."""
    return timesince(since, depth=1)


def _words(flag: str) -> tuple[str, str]:
    """A flag's name and its full description."""
    return flag.replace("_", " "), dict(Flag.choices).get(flag, flag)


def _selects(filters: Filters) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """The filters with choices: label, name, and each choice with whether it is selected."""
    yes_no = [(word, word) for word in YES_NO]
    nouns = [(noun, noun) for noun in kinds()]
    choices: list[tuple[str, str, Any]] = [("Kind", "kind", nouns), ("Network", "network", Network.choices)]
    choices += [("Proven", "verified", yes_no), ("Flagged", "flagged", yes_no)]
    return [
        (label, name, [(value, text, value == getattr(filters, name)) for value, text in offered])
        for label, name, offered in choices
    ]
