"""Permissions of the desk."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def may(request: HttpRequest, decision: str) -> bool:
    """Whether the user may see records (`view`), or make that decision on them."""
    return request.user.has_perm(
        {"view": "networks.view_socialnetwork", "reinstate": "connect.reinstate"}.get(decision, "connect.decide")
    )


def check(request: HttpRequest, decision: str) -> None:
    if not may(request, decision):
        raise PermissionDenied
