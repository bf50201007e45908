"""The desk's two pages: the queue, and one record with all that is known of it and the keys to decide."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connect.desk import queue
from connect.desk.evidence import evidence
from connect.desk.forms import moment
from connect.desk.models import DecisionReason, Review
from connect.models import SocialResource, User
from connect.moderation import kinds
from connect.moderation.workflow import STAFF_DECISIONS, TRANSITIONS, InvalidTransition, ReasonMissing
from connect.network_table import Network

TRIES = 10
"""Records that colleagues may take before one's eyes until one is sent back to the list."""
KEYS = {"accept": "a", "keep": "k", "reject": "r", "suspend": "s", "reinstate": "i", "uphold": "u"}


@require_http_methods(["GET", "POST"])
def waiting(request: HttpRequest) -> HttpResponse:
    """The queue; posting to it takes its first record. Reading holds nothing: browsers fetch pages nobody asked for."""
    _check(request, "view")
    filters, now = queue.Filters.read(request.GET), timezone.now()
    if request.method == "POST":
        return _go_on(request, filters)
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


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, noun: str, pk: int) -> HttpResponse:
    """One record: posting takes it for a while or decides on it and goes on to the next; looking changes nothing."""
    _check(request, "view")
    resource = kinds.find(f"{noun}:{pk}")
    if resource is None:
        raise Http404
    filters = queue.Filters.read(request.GET)
    if request.method == "POST":
        return _decide(request, resource, filters)
    return _show(request, resource, filters)


def _show(request: HttpRequest, resource: SocialResource, filters: queue.Filters, **more: Any) -> HttpResponse:
    now, review = timezone.now(), Review.objects.of(resource)
    free = review is None or review.staff_id == request.user.pk
    context = {
        **admin.site.each_context(request),
        **evidence(resource, now),
        "title": str(resource),
        "asked_at": now.isoformat(),
        "filters": filters,
        "held_by": None if free else review,
        "kept": review if free else None,
        "decisions": _decisions(request, resource) if free else [],
        "reasons": DecisionReason.objects.all() if free else [],
        **more,
    }
    return TemplateResponse(request, "connect/desk/record.html", context)


def _decide(request: HttpRequest, resource: SocialResource, filters: queue.Filters) -> HttpResponse:
    if request.POST.get("decision") == "skip":
        Review.objects.give_back(resource, request.user)
        return _go_on(request, filters, behind=resource)
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "").strip()[:500]
    if decision == "hold":
        return _hold(request, resource, filters)
    if decision not in STAFF_DECISIONS:
        raise Http404
    _check(request, "reinstate" if decision == "reinstate" else "decide")
    if not Review.objects.take(resource, request.user, timezone.now()):
        messages.error(request, "A colleague has this record: nothing was changed.")
        return _show(request, resource, filters)
    place, share = queue.place(resource), "share" in request.POST
    seen = {"seen": request.POST.get("seen", ""), "seen_at": moment(request.POST.get("seen_at", ""))}
    seen["asked_at"] = moment(request.POST.get("asked_at", ""))
    try:
        resource.transition(decision, by=cast(User, request.user), reason=reason, share=share, **cast(Any, seen))
    except ReasonMissing as error:
        typed = {"problem": error.message, "typed": reason, "tried": decision, "shared": share}
        return _show(request, resource, filters, **typed)
    except InvalidTransition as error:
        messages.error(request, f"Nothing was changed. {error.message}.")
        return _show(request, resource, filters)
    Review.objects.give_back(resource, request.user)
    messages.success(request, f"{decision.capitalize()}: {resource}")
    return _go_on(request, filters, place=place)


def _hold(request: HttpRequest, resource: SocialResource, filters: queue.Filters) -> HttpResponse:
    """Keep the record from colleagues for a while."""
    _check(request, "decide")
    if not Review.objects.take(resource, request.user, timezone.now()):
        messages.error(request, "A colleague has this record.")
    return redirect(_address(resource, filters))


def _address(resource: SocialResource, filters: queue.Filters) -> str:
    return f"{reverse('desk-record', args=[resource.shape.noun, resource.pk])}?{filters.address}"


def _go_on(
    request: HttpRequest, filters: queue.Filters, *, behind: SocialResource | None = None, place: Any = None
) -> HttpResponseRedirect:
    """To the next record in line, taken at once so that nobody else is sent there, or to the empty queue."""
    now, after = timezone.now(), queue.place(behind) if behind is not None else place
    for _ in range(TRIES):
        row = queue.following(filters, request.user, now, after=after)
        if row is None or (behind is not None and row == behind):
            break
        if not _may(request, "decide") or Review.objects.take(row, request.user, now):
            return redirect(_address(row, filters))
        after = queue.place(row)
    messages.info(request, "Nothing else is waiting.")
    return redirect(f"{reverse('desk-queue')}?{filters.address}")


def _decisions(request: HttpRequest, resource: SocialResource) -> list[dict[str, Any]]:
    """What may be decided on it now, by that person."""
    return [
        {"name": name, "key": KEYS[name], "needs_reason": TRANSITIONS[name].needs_reason}
        for name in STAFF_DECISIONS
        if resource.status in TRANSITIONS[name].sources
        and (resource.appeal_open or not TRANSITIONS[name].needs_appeal)
        and (resource.flags or not TRANSITIONS[name].needs_flags)
        and _may(request, "reinstate" if name == "reinstate" else "decide")
    ]


def _may(request: HttpRequest, what: str) -> bool:
    permission = "networks.view_socialnetwork" if what == "view" else f"connect.{what}"
    return request.user.has_perm(permission)


def _check(request: HttpRequest, what: str) -> None:
    if not _may(request, what):
        raise PermissionDenied
