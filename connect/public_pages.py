"""Pages for people who are not signed in: without scripts, third parties, caching and framing."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from connect.branding import logo_source

HEADERS = {
    "Referrer-Policy": "no-referrer",  # the URL of such a page may contain a secret
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page that extends `connect/public_page.html`."""
    response = render(request, template, {"brand": settings.CONNECT_BRAND, **context}, status=status)
    for name, value in {**HEADERS, "Content-Security-Policy": content_policy()}.items():
        response[name] = value
    return response


def content_policy(forms: str = "'self'") -> str:
    """Allow our own style sheets, the logo, and forms that post to `forms`, and nothing else."""
    images = f" {logo_source()}".rstrip()
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:{images}; form-action {forms}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
