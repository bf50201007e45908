"""Who may do what at the desk."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def may(request: HttpRequest, decision: str) -> bool:
    """Whether that person may see records (`view`), or decide so on them."""
    return request.user.has_perm(
        {"view": "networks.view_socialnetwork", "reinstate": "connect.reinstate"}.get(decision, "connect.decide")
    )


def check(request: HttpRequest, decision: str) -> None:
    if not may(request, decision):
        raise PermissionDenied
