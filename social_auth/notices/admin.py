"""Webhook endpoints and deliveries in the admin. A secret is shown once, to the person who made it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectMultipleWidget

from connect.events.catalogue import EVENT_TYPES
from social_auth.notices.delivery import send_test
from social_auth.notices.models import WebhookDelivery, WebhookEndpoint


class EndpointForm(forms.ModelForm):
    types = forms.MultipleChoiceField(
        choices=[(name, name) for name in EVENT_TYPES],
        required=False,
        help_text="None is all of them",
        widget=UnfoldAdminSelectMultipleWidget,
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "types", "enabled")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ModelAdmin):
    form = EndpointForm
    when_empty = "Each is an address at which the platform hears of events."
    list_display = ("__str__", "url", "enabled", "disabled_reason", "created_at")
    actions = ("rotate", "test")

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        if change:
            obj.disabled_reason = "" if obj.enabled else obj.disabled_reason
            obj.save(update_fields=[*form.fields, "disabled_reason"])
        else:
            obj.start()
            self.show_secret(request, obj)

    @admin.action(description="New secret; the old one goes on for a day", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            self.show_secret(request, endpoint)

    @admin.action(description="Send a test event", permissions=["change"])
    def test(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            result = send_test(endpoint, timezone.now())
            level = messages.SUCCESS if result.arrived else messages.ERROR
            self.message_user(request, f"{endpoint}: {result}", level)

    def show_secret(self, request: HttpRequest, endpoint: WebhookEndpoint) -> None:
        self.message_user(request, f"{endpoint}: its secret, shown once: {endpoint.new_secret(timezone.now())}")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ModelAdmin):
    list_display = ("event", "endpoint", "state", "attempts", "answer", "due_at", "delivered_at")
    list_filter = ("state", "endpoint")
    when_empty = "What endpoints were told, or are to be told, will be here with what they answered."
    list_select_related = ("event", "endpoint")
    show_full_result_count = False
    ordering = ("-pk",)
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.change_webhookendpoint")

    @admin.action(description="Send again", permissions=["redeliver"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        count = WebhookDelivery.objects.filter(pk__in=queryset.values("pk")).send_again(timezone.now())
        self.message_user(request, f"{count} to be delivered again.", messages.SUCCESS)
