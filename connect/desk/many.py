"""Deciding on several records of the queue at once."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from connect.desk.filters import Filters
from connect.desk.forms import moment
from connect.desk.models import Review
from connect.desk.queue import PAGE_SIZE
from connect.desk.record_page import DONE, undo_button
from connect.desk.rights import check
from connect.moderation.decisions import DecisionCounts
from connect.moderation.kinds import kinds
from connect.moderation.undo import decide_on_few
from connect.moderation.workflow import ReasonMissing

HELD = "a colleague has them"
OFFERED = ("accept", "reject", "suspend")


@require_POST
def decide_many(request: HttpRequest) -> HttpResponse:
    """Decide on the records that were selected on a page of the queue, and go back there."""
    check(request, "view")
    decision = request.POST.get("decision", "")
    if decision not in OFFERED:
        raise Http404
    check(request, decision)
    try:
        counts, ticket = _decide(request, decision, _chosen(request))
        say_outcome(request, decision, counts, undo=undo_button(ticket))
    except ReasonMissing as error:
        messages.error(request, f"Nothing was changed. {error.message} to {decision}.")
    return redirect(f"{reverse('desk-queue')}?{Filters.read(request.GET).address}")


def say_outcome(request: HttpRequest, decision: str, outcome: DecisionCounts, *, undo: str = "") -> None:
    if outcome.changed:
        messages.success(request, format_html("{}: {}. {}", DONE[decision], f"{outcome.changed:,}", undo))
    else:
        messages.warning(request, f"{DONE[decision]}: 0.")
    for why, count in outcome.skipped.items():
        messages.warning(request, f"Skipped {count:,}, {why}.")


def _chosen(request: HttpRequest) -> dict[Any, list[int]]:
    """The posted ids, by model; invalid names are ignored."""
    chosen: dict[Any, list[int]] = {}
    for name in request.POST.getlist("record")[:PAGE_SIZE]:
        noun, _, pk = name.partition(":")
        if noun in kinds() and pk.isascii() and pk.isdigit() and len(pk) <= 18:
            chosen.setdefault(kinds()[noun], []).append(int(pk))
    return chosen


def _decide(request: HttpRequest, decision: str, chosen: dict[Any, list[int]]) -> tuple[DecisionCounts, str]:
    how = {"reason": request.POST.get("reason", "").strip()[:500], "share": "share" in request.POST}
    shown_at, rows, held = moment(request.POST.get("asked_at", "")), [], 0
    for model, ids in chosen.items():
        held_ids = set(
            Review.objects.by_others(model, request.user, timezone.now()).values_list("object_id", flat=True)
        )
        rows += model.objects.filter(pk__in=set(ids) - held_ids).order_by("pk")
        held += len(held_ids & set(ids))
    counts, ticket = decide_on_few(rows, decision, by=request.user, asked_at=shown_at, **how)
    counts.skipped += Counter({HELD: held})
    return counts, ticket
