"""Pages for people who are not signed in: no scripts, nothing of third parties, kept out of caches and frames."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",  # the address of such a page may open something
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def page(request: HttpRequest, template: str, told: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page that extends `connect/public_page.html`."""
    brand = getattr(settings, "CONNECT_BRAND_NAME", "") or "Connect"
    response = render(request, template, {"brand": brand, **told}, status=status)
    for name, value in HEADERS.items():
        response[name] = value
    return response
