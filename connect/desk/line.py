"""Going on to the next record of the queue, which is held at once so that no colleague is sent there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from connect.desk import queue
from connect.desk.filters import Filters
from connect.desk.models import Review
from connect.desk.rights import may
from connect.models import SocialResource

TRIES = 10
"""After so many records that colleagues took first, the moderator is sent back to the queue."""


def address(resource: SocialResource, filters: Filters) -> str:
    return f"{reverse('desk-record', args=[resource.shape.noun, resource.pk])}?{filters.address}"


def go_on(
    request: HttpRequest, filters: Filters, *, behind: SocialResource | None = None, place: Any = None
) -> HttpResponseRedirect:
    """Redirect to the next record behind that record or place in the queue; to the queue's page if there is none."""
    now, after = timezone.now(), queue.place(behind, filters) if behind is not None else place
    for _ in range(TRIES):
        row = queue.following(filters, request.user, now, after=after)
        if row is None or (behind is not None and row == behind):
            break
        if not may(request, "decide") or Review.objects.take(row, request.user, now):
            return redirect(address(row, filters))
        after = queue.place(row, filters)
    _say_what_remains(request, behind)
    return redirect(f"{reverse('desk-queue')}?{filters.address}")


def _say_what_remains(request: HttpRequest, behind: SocialResource | None) -> None:
    """Say that nothing else waits, or that records wait outside the filter."""
    next_row = queue.following(Filters(), request.user, timezone.now())
    if next_row is None or next_row == behind:
        messages.info(request, "Nothing else is waiting.")
        return
    text = 'Nothing else is waiting with this filter. <a href="{}">Others wait without it</a>.'
    messages.info(request, format_html(text, reverse("desk-queue")))
