"""The URL of a provider's consent page, and the address that it sends the browser back to."""

from collections.abc import Collection

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from social_auth.connections.browsers import Browser
from social_auth.providers.base import Adapter
from social_auth.wire import http


def public_address(path: str, request: HttpRequest | None = None) -> str:
    """The full URL of a path of ours: at CONNECT_PUBLIC_URL, or in development at the request's host."""
    if settings.CONNECT_PUBLIC_URL or request is None:
        return f"{settings.CONNECT_PUBLIC_URL or settings.LOCAL_URL}{path}"
    return request.build_absolute_uri(path)


def redirect_uri(adapter: Adapter, request: HttpRequest | None = None) -> str:
    """The redirect URI of that provider; each has its own, so that no answer can be taken for another provider's."""
    return public_address(reverse("connect-callback", args=[str(adapter.network)]), request)


def scopes_for(adapter: Adapter, allowed: Collection[str]) -> list[str]:
    """The scopes to ask for if the creator allows these options."""
    more = [scope for option, scopes in adapter.offered_scopes.items() if option in allowed for scope in scopes]
    return [*adapter.required_scopes, *adapter.always_scopes, *more]


def authorize_url(adapter: Adapter, browser: Browser, *, state: str, back: str, scopes: list[str]) -> str:
    """The URL of the provider's consent page for these scopes; it answers to `back`, once, for this browser only."""
    params = {
        adapter.client_name: adapter.client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": adapter.scope_separator.join(scopes),
        "state": state,
        **adapter.authorize_extra,
        **adapter.challenge.parameters(browser.verifier(state)),
    }
    params |= {"nonce": browser.nonce(state)} if adapter.nonce else {}
    return http.address(adapter.authorize_url, params)
