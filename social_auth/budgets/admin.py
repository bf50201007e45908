from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.admin import ModelAdmin

from social_auth.budgets.models import NetworkPause


@admin.register(NetworkPause)
class NetworkPauseAdmin(ModelAdmin):
    """Adding a row pauses a network, deleting it resumes the network."""

    list_display = ("network", "until", "reason")
    when_empty = "The numbers of a network that is here are not read meanwhile, nor its posts."
    search_fields = ("network", "reason")
    actions = ("delete_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[NetworkPause]:
        return super().get_queryset(request).in_force(timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("network",) if obj else ()  # the primary key: changing it would add a second pause

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        NetworkPause.objects.exclude(pk__in=NetworkPause.objects.in_force(timezone.now())).delete()
        return super().add_view(request, *args, **kwargs)
