"""The admin of every kind of resource. Decisions go through the workflow, never through the form."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import ActionForm as UnfoldActionForm

from connect.audit.trail import audit_trail
from connect.desk.bulk import BulkDecision
from connect.desk.forms import moment
from connect.desk.many import say_outcome
from connect.desk.models import DecisionReason
from connect.desk.record_page import decide_context
from connect.models import SocialResource, SocialResourceQuerySet
from connect.moderation.flags import Flag
from connect.moderation.workflow import TRANSITIONS, ReasonMissing, Status
from connect.search import matching
from connect.user_admin import UserAdmin

__all__ = ["ResourceAdmin", "UserAdmin"]
COLOURS = {
    Status.PENDING: "warning",
    Status.ACCEPTED: "success",
    Status.REJECTED: "danger",
    Status.SUSPENDED: "danger",
    Status.DISCONNECTED: "info",
}
SHOWN = 20
"""Of those that are to be decided on."""
WAITED_FOR = 200
"""A decision on more of them is made in the background."""
ACTION_LABELS = {
    "accept": "Accept…",
    "keep": "Keep, flags looked at…",
    "reject": "Reject…",
    "suspend": "Suspend…",
    "reinstate": "Reinstate…",
}


class ActionForm(UnfoldActionForm):
    """Remembers when the list was shown, so that records decided on since then are skipped."""

    asked_at = forms.CharField(required=False, label="", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_at"].initial = timezone.now().isoformat()


class Flagged(admin.SimpleListFilter):
    title = "flags"
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "Any flag"), *((flag.value, str(flag.label)) for flag in Flag)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "any":
            return queryset.exclude(flags=[])
        return queryset.filter(flags__contains=[self.value()]) if self.value() in Flag.values else queryset


class ResourceAdmin(ModelAdmin):
    action_form = ActionForm
    list_display = ("account", "user", "shown_status", "health", "verification_level", "counted", "last_updated")
    list_filter = (Flagged, "status", "network", "verified", "health", "verification_level")
    list_select_related = ("user",)
    search_fields = ("external_id", "name", "url", "user__email")  # shows the box; what it finds: connect/search.py
    search_help_text = "Handle, id or URL in any spelling; how words of a name, or the creator's e-mail, begin"
    ordering = ("-id",)
    list_per_page = 50
    when_empty = "They are here as soon as creators connect or submit some."
    show_full_result_count = False
    actions = ("accept", "keep", "reject", "suspend", "reinstate")
    fieldsets = (
        (None, {"fields": ("user", "network", "external_id", "name", "profile_link", "category")}),
        ("Decision", {"fields": ("status", "status_reason", "status_changed_at", "flags")}),
        ("Proof", {"fields": ("verified", "verification_level", "provider_uid", "health", "health_since")}),
        ("Numbers", {"fields": ("counted", "followers_quality", "followers_as_of", "engagement_rate")}),
        ("Record", {"fields": ("connected_at", "last_updated", "next_refresh_at", "further")}),
        ("Audit trail", {"fields": ("trail",)}),
    )
    editable = ("category",)
    change_form_outer_before_template = "connect/desk/change_form_decisions.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (matching(queryset, text) if text else queryset), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the same decisions as at the desk, which come back here."""
        resource = self.get_object(request, object_id)
        more = decide_context(request, resource) if resource and self.has_view_permission(request, resource) else {}
        context = {**(extra_context or {}), **more, "back": request.path}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for _, group in self.fieldsets for name in group["fields"] if name not in self.editable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a deleted record would take its suspension with it

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("connect.decide")

    def has_reinstate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("connect.reinstate")

    @display(description="Account", ordering="external_id")
    def account(self, resource: SocialResource) -> str:
        return f"{resource.get_network_display()} · {resource.name or resource.external_id}"

    @display(description="Status", ordering="status", label=COLOURS)
    def shown_status(self, resource: SocialResource) -> tuple[str, str]:
        return resource.status, resource.get_status_display()

    @display(description="Followers", ordering="followers")
    def counted(self, resource: SocialResource) -> str:
        return "not known" if resource.followers is None else intcomma(resource.followers)

    @admin.display(description="Extra data")
    def further(self, resource: SocialResource) -> str:
        """Each key and its value in a line: nobody has to read JSON."""
        lines = [(key, value) for key, value in sorted(resource.extra_data.items())]
        return format_html_join("", "<p>{}: {}</p>", lines) if lines else "none"

    @admin.display(description="Profile")
    def profile_link(self, resource: SocialResource) -> SafeString:
        return format_html('<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>', resource.url)

    @admin.display(description="")
    def trail(self, resource: SocialResource) -> SafeString:
        return audit_trail(resource)

    @admin.action(description=ACTION_LABELS["accept"], permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, "accept")

    @admin.action(description=ACTION_LABELS["keep"], permissions=["decide"])
    def keep(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, "keep")

    @admin.action(description=ACTION_LABELS["reject"], permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, "reject")

    @admin.action(description=ACTION_LABELS["suspend"], permissions=["decide"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, "suspend")

    @admin.action(description=ACTION_LABELS["reinstate"], permissions=["reinstate"])
    def reinstate(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, "reinstate")

    def decide(self, request: HttpRequest, queryset: QuerySet[Any], decision: str) -> HttpResponse | None:
        """Ask for the reason first; then decide on all and say how many were skipped and why: of many, on a page."""
        if "confirmed" not in request.POST:
            return self.ask_reason(request, queryset, decision)
        how: dict[str, Any] = {"share": "share" in request.POST, "reason": request.POST.get("reason", "").strip()[:500]}
        how["asked_at"] = moment(request.POST.get("asked_at", ""))
        ids = list(queryset.order_by("pk").values_list("pk", flat=True))
        try:
            if len(ids) > WAITED_FOR:
                work = BulkDecision.objects.start(self.model, ids, decision, by=request.user, **how)
                return redirect("desk-bulk", work.pk)
            rows = cast(SocialResourceQuerySet, self.model._default_manager.filter(pk__in=ids))
            say_outcome(request, decision, rows.decide(decision, by=request.user, **how))
        except ReasonMissing as error:
            self.message_user(request, f"{error.message} to {decision}.", messages.ERROR)
            return self.ask_reason(request, queryset, decision)
        return None

    def ask_reason(self, request: HttpRequest, queryset: QuerySet[Any], decision: str) -> HttpResponse:
        count = queryset.count()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{decision.capitalize()}: why?",
            "opts": self.model._meta,
            "decision": decision,
            "needs_reason": TRANSITIONS[decision].needs_reason,
            "asked_at": request.POST.get("asked_at", ""),
            "resources": queryset.select_related("user").order_by("pk")[:SHOWN],
            "count": count,
            "more": count - SHOWN,
            "reasons": DecisionReason.objects.filter(decision=decision),
            "selected": request.POST.getlist("_selected_action"),
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "connect/decide.html", context)


@admin.register(DecisionReason)
class DecisionReasonAdmin(ModelAdmin):
    list_display = ("title", "decision", "text")
    when_empty = "A reason that is here is offered at the desk, by a number key."
    list_filter = ("decision",)


admin.site.unregister(Group)
