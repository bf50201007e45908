"""The admin of networks, with an action that sends reconnect links."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from connect.admin import ResourceAdmin
from networks.models import SocialNetwork
from social_auth.connections.links import mail_reconnect_link, reconnect_link

MAX_LINKS = 50
"""Of one action, as each is a mail."""

admin.site.unregister(SocialNetwork)


@admin.register(SocialNetwork)
class NetworkAdmin(ResourceAdmin):
    actions: Any = (*ResourceAdmin.actions, "send_reconnect_link")

    @admin.action(description="Send a reconnect link", permissions=["decide"])
    def send_reconnect_link(self, request: HttpRequest, queryset: QuerySet[SocialNetwork]) -> None:
        """Mail each owner a link. For an owner without a verified address the link is shown, to hand over otherwise."""
        rows = list(queryset.select_related("user").order_by("pk")[: MAX_LINKS + 1])
        if len(rows) > MAX_LINKS:
            self.message_user(request, f"Nothing was sent: choose at most {MAX_LINKS}.", messages.WARNING)
            return
        without_address = [row for row in rows if not mail_reconnect_link(row)]
        for row in without_address:
            text = f"{row}: no verified address. Hand its owner this link, good for 7 days: {reconnect_link(row)}"
            self.message_user(request, text, messages.WARNING)
        if mailed := len(rows) - len(without_address):
            self.message_user(request, f"Reconnect links on their way by mail: {mailed}.", messages.SUCCESS)
