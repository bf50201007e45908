"""The desk's page of the queue: what waits for a decision."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connect.desk import queue
from connect.desk.line import go_on
from connect.desk.rights import check
from connect.moderation import kinds
from connect.network_table import Network


@require_http_methods(["GET", "POST"])
def waiting(request: HttpRequest) -> HttpResponse:
    """The queue; posting to it takes its first record. Reading holds nothing: browsers fetch pages nobody asked for."""
    check(request, "view")
    filters, now = queue.Filters.read(request.GET), timezone.now()
    if request.method == "POST":
        return go_on(request, filters)
    context = {
        **admin.site.each_context(request),
        "title": "Waiting for a decision",
        "filters": filters,
        "counts": queue.counts(),
        "rows": [(kinds.name_of(row), row) for row in queue.waiting(filters, request.user, now)],
        "selects": _selects(filters),
    }
    return TemplateResponse(request, "connect/desk/queue.html", context)


def _selects(filters: queue.Filters) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """The filters that are choices: label, name, and each choice with whether it is the chosen one."""
    yes_no = [(word, word) for word in queue.YES_NO]
    nouns = [(noun, noun) for noun in kinds.kinds()]
    told = [("Kind", "kind", nouns), ("Network", "network", Network.choices)]
    told += [(name.capitalize(), name, yes_no) for name in queue.BOOLEAN]
    return [
        (label, name, [(value, text, value == getattr(filters, name)) for value, text in choices])
        for label, name, choices in told
    ]
