"""Going on along the queue: to the next record that waits, taken at once so that nobody else is sent there."""

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
"""Records that colleagues may take before one's eyes until one is sent back to the list."""


def address(resource: SocialResource, filters: Filters) -> str:
    return f"{reverse('desk-record', args=[resource.shape.noun, resource.pk])}?{filters.address}"


def go_on(
    request: HttpRequest, filters: Filters, *, behind: SocialResource | None = None, place: Any = None
) -> HttpResponseRedirect:
    """Redirect to the next record behind that one, or that place in line; to the queue if there is none."""
    now, after = timezone.now(), queue.place(behind, filters) if behind is not None else place
    for _ in range(TRIES):
        row = queue.following(filters, request.user, now, after=after)
        if row is None or (behind is not None and row == behind):
            break
        if not may(request, "decide") or Review.objects.take(row, request.user, now):
            return redirect(address(row, filters))
        after = queue.place(row, filters)
    _say_what_is_left(request, filters, behind)
    return redirect(f"{reverse('desk-queue')}?{filters.address}")


def _say_what_is_left(request: HttpRequest, filters: Filters, behind: SocialResource | None) -> None:
    """Offer the rest to whoever came to the end of a filter."""
    other = queue.following(Filters(), request.user, timezone.now())
    if other is None or other == behind:
        messages.info(request, "Nothing else is waiting.")
        return
    text = 'Nothing else is waiting with this filter. <a href="{}">Others wait without it</a>.'
    messages.info(request, format_html(text, reverse("desk-queue")))
