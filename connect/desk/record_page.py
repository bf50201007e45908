"""The desk's page of one record: the evidence, and the form to decide."""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from connect.desk import queue
from connect.desk.evidence import evidence
from connect.desk.filters import Filters
from connect.desk.forms import moment
from connect.desk.line import address, go_on
from connect.desk.models import DecisionReason, Review
from connect.desk.rights import check, may
from connect.models import SocialResource, User
from connect.moderation import kinds
from connect.moderation.undo import UNDO_FOR, decide_undoably, undo
from connect.moderation.workflow import STAFF_DECISIONS, TRANSITIONS, InvalidTransition, ReasonMissing

KEYS = {"accept": "a", "keep": "k", "reject": "r", "suspend": "s", "reinstate": "i", "uphold": "u"}
DONE = {
    "accept": "Accepted", "keep": "Kept", "reject": "Rejected", "suspend": "Suspended", "reinstate": "Reinstated",
    "uphold": "Upheld",
}  # fmt: skip


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, noun: str, pk: int) -> HttpResponse:
    """One record. A POST holds it, or decides on it and goes on to the next; a GET changes nothing."""
    check(request, "view")
    resource = kinds.find(f"{noun}:{pk}")
    if resource is None:
        raise Http404
    filters = Filters.read(request.GET)
    if request.method == "POST":
        return _posted(request, resource, filters)
    return _show(request, resource, filters)


@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo the decision that was made just now, and show its record."""
    check(request, "view")
    try:
        restored = undo(request.POST.get("ticket", ""), by=request.user, now=timezone.now())
    except InvalidTransition as error:
        messages.error(request, f"Nothing was undone. {error.message}.")
        return redirect("desk-queue")
    if not restored:
        seconds = int(UNDO_FOR.total_seconds())
        messages.error(request, f"Nothing was undone: a decision can be taken back for {seconds} seconds.")
        return redirect("desk-queue")
    if len(restored) > 1:
        messages.success(request, f"Undone: {len(restored)} are again as they were before.")
        return redirect("desk-queue")
    resource = restored[0]
    messages.success(request, f"Undone. It is {resource.get_status_display().lower()} again, as it was before.")
    return redirect("desk-record", resource.shape.noun, resource.pk)


def decide_context(request: HttpRequest, resource: SocialResource) -> dict[str, Any]:
    """The context of the form to decide."""
    review = Review.objects.of(resource)
    free = review is None or review.staff_id == request.user.pk
    decisions = _decisions(request, resource) if free else []
    names = [decision["name"] for decision in decisions]
    return {
        "resource": resource,
        "asked_at": timezone.now().isoformat(),
        "held_by": None if free else review,
        "kept": review if free else None,
        "decisions": decisions,
        "reasons": DecisionReason.objects.filter(decision__in=names) if names else [],
    }


def _show(request: HttpRequest, resource: SocialResource, filters: Filters, **more: Any) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        **evidence(resource, timezone.now()),
        **decide_context(request, resource),
        "title": f"{resource.get_network_display()} {resource.shape.noun} #{resource.pk}",
        "filters": filters,
        "admin_form": _admin_form(request, resource),
        **more,
    }
    return TemplateResponse(request, "connect/desk/record.html", context)


def _admin_form(request: HttpRequest, resource: SocialResource) -> str:
    """The record's URL in the admin; empty if the user may not see it there."""
    meta = resource._meta
    if not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return ""
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[resource.pk])


def _posted(request: HttpRequest, resource: SocialResource, filters: Filters) -> HttpResponse:
    decision = request.POST.get("decision", "")
    if decision == "skip":
        Review.objects.give_back(resource, request.user)
        return go_on(request, filters, behind=resource)
    if decision == "hold":
        return _hold(request, resource, filters)
    if decision not in STAFF_DECISIONS:
        raise Http404
    check(request, decision)
    if not Review.objects.take(resource, request.user, timezone.now()):
        messages.error(request, "A colleague has this record: nothing was changed.")
        return _show(request, resource, filters)
    return _decide(request, resource, filters, decision)


def _decide(request: HttpRequest, resource: SocialResource, filters: Filters, decision: str) -> HttpResponse:
    place, reason = queue.place(resource, filters), request.POST.get("reason", "").strip()[:500]
    times = {name: moment(request.POST.get(name, "")) for name in ("seen_at", "asked_at")}
    how = {"reason": reason, "share": "share" in request.POST, "seen": request.POST.get("seen", ""), **times}
    try:
        ticket = decide_undoably(resource, decision, by=cast(User, request.user), **how)
    except ReasonMissing as error:
        typed = {"problem": error.message, "typed": reason, "tried": decision, "shared": how["share"]}
        return _show(request, resource, filters, **typed)
    except InvalidTransition as error:
        messages.error(request, f"Nothing was changed. {error.message}.")
        return _show(request, resource, filters)
    Review.objects.give_back(resource, request.user)
    _say_done(request, resource, filters, decision, ticket)
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return go_on(request, filters, place=place)


def _say_done(request: HttpRequest, resource: SocialResource, filters: Filters, decision: str, ticket: str) -> None:
    """A message with a link to the record, and the button to undo it."""
    link, undo_ = address(resource, filters), undo_button(ticket)
    messages.success(request, format_html('{}: <a href="{}">{}</a> {}', DONE[decision], link, _called(resource), undo_))


def undo_button(ticket: str) -> str:
    """It submits the page's form `undo`."""
    text = (
        '<button form="undo" name="ticket" value="{}" data-seconds="{}" data-key="z" class="desk-undo">'
        "Undo <kbd>z</kbd></button>"
    )
    return format_html(text, ticket, int(UNDO_FOR.total_seconds()))


def _called(resource: SocialResource) -> str:
    return f"{resource.get_network_display()} {resource.shape.noun} {resource.name or resource.external_id}"


def _hold(request: HttpRequest, resource: SocialResource, filters: Filters) -> HttpResponse:
    """Hold the record, so that colleagues do not get it."""
    check(request, "decide")
    if not Review.objects.take(resource, request.user, timezone.now()):
        messages.error(request, "A colleague has this record.")
    return redirect(address(resource, filters))


def _decisions(request: HttpRequest, resource: SocialResource) -> list[dict[str, Any]]:
    """The decisions that this person may make on it now."""
    return [
        {"name": name, "key": KEYS[name], "needs_reason": TRANSITIONS[name].needs_reason}
        for name in STAFF_DECISIONS
        if resource.status in TRANSITIONS[name].sources
        and (resource.appeal_open or not TRANSITIONS[name].needs_appeal)
        and (resource.flags or not TRANSITIONS[name].needs_flags)
        and may(request, name)
    ]
