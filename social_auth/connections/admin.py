"""What the desk can do about a connection, beside deciding on its record."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from connect.admin import ResourceAdmin
from networks.models import SocialNetwork
from social_auth.connections.links import mail_reconnect_link, reconnect_link

MOST = 50
"""Of one action: each is a mail to somebody."""

admin.site.unregister(SocialNetwork)


@admin.register(SocialNetwork)
class NetworkAdmin(ResourceAdmin):
    actions: Any = (*ResourceAdmin.actions, "send_reconnect_link")

    @admin.action(description="Send a reconnect link", permissions=["decide"])
    def send_reconnect_link(self, request: HttpRequest, queryset: QuerySet[SocialNetwork]) -> None:
        """Mail it to each owner; of who has no address that is theirs it is shown, to be handed over otherwise."""
        rows = list(queryset.select_related("user").order_by("pk")[: MOST + 1])
        if len(rows) > MOST:
            self.message_user(request, f"Nothing was sent: choose at most {MOST}.", messages.WARNING)
            return
        shown = [row for row in rows if not mail_reconnect_link(row)]
        for row in shown:
            text = f"{row}: no verified address. Hand its owner this link, good for 7 days: {reconnect_link(row)}"
            self.message_user(request, text, messages.WARNING)
        if sent := len(rows) - len(shown):
            self.message_user(request, f"Reconnect links on their way by mail: {sent}.", messages.SUCCESS)
