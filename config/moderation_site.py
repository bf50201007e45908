"""Style, icon and menu of the admin site; the setting UNFOLD refers to these by dotted names."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from connect.desk import queue
from connect.desk.rights import may

QUEUE = "desk-queue"
MENU = (
    ("Desk", (
        ("Front page", "dashboard", "admin:index", ""),
        ("Queue", "inbox", QUEUE, "networks.view_socialnetwork"),
        ("Networks", "share", "admin:networks_socialnetwork_changelist", "networks.view_socialnetwork"),
        ("Pages", "description", "admin:pages_socialpage_changelist", "pages.view_socialpage"),
        ("Walls", "dashboard_customize", "admin:walls_socialwall_changelist", "walls.view_socialwall"),
        ("Channels", "smart_display", "admin:channels_socialchannel_changelist", "channels.view_socialchannel"),
        ("Reasons", "format_quote", "admin:connect_decisionreason_changelist", "connect.view_decisionreason"),
    )),
    ("People", (("Creators and staff", "group", "admin:connect_user_changelist", "connect.view_user"),)),
    ("Webhooks", (
        ("Endpoints", "webhook", "admin:notices_webhookendpoint_changelist", "notices.view_webhookendpoint"),
        ("Deliveries", "outbox", "admin:notices_webhookdelivery_changelist", "notices.view_webhookdelivery"),
    )),
    ("Engine", (
        ("Paused networks", "pause_circle", "admin:budgets_networkpause_changelist", "budgets.view_networkpause"),
    )),
)  # fmt: skip
"""By kind of work: title, icon, URL name, permission."""


def style_sheet(request: HttpRequest) -> str:
    return static("connect/desk.css")


def undo_script(request: HttpRequest) -> str:
    return static("connect/undo.js")


def favicon(request: HttpRequest) -> str:
    return static("connect/favicon.svg")


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    return [{"title": title, "items": [_item(request, *item) for item in items]} for title, items in MENU]


def _item(request: HttpRequest, title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    link = reverse(name)
    item = {"title": title, "icon": icon, "link": link, "permission": _asks(permission)}
    if name == QUEUE:
        item["active"] = request.path.startswith(link)
        item["badge_variant"] = "primary"
        item["badge"] = queue.badge() if may(request, "view") else ""
    return item


def _asks(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: not permission or request.user.has_perm(permission)
