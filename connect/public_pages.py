"""Pages for people who are not signed in: no scripts, nothing of third parties, kept out of caches and frames."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from connect.branding import logo_source

HEADERS = {
    "Referrer-Policy": "no-referrer",  # the address of such a page may open something
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def page(request: HttpRequest, template: str, told: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page that extends `connect/public_page.html`."""
    response = render(request, template, {"brand": settings.CONNECT_BRAND, **told}, status=status)
    for name, value in {**HEADERS, "Content-Security-Policy": content_policy()}.items():
        response[name] = value
    return response


def content_policy() -> str:
    """Nothing but our own style sheets and the logo, and forms that lead here."""
    images = f" {logo_source()}".rstrip()
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:{images}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
