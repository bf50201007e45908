"""The way out: the URL at which a provider asks its user whether we may."""

from collections.abc import Collection

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from social_auth.connections.browsers import Browser
from social_auth.providers.base import Adapter
from social_auth.wire import http


def public_address(path: str, request: HttpRequest | None = None) -> str:
    """The address of a path of ours: where CONNECT_PUBLIC_URL says, or in development where the request came to."""
    if settings.CONNECT_PUBLIC_URL or request is None:
        return f"{settings.CONNECT_PUBLIC_URL or settings.LOCAL_URL}{path}"
    return request.build_absolute_uri(path)


def redirect_uri(adapter: Adapter, request: HttpRequest | None = None) -> str:
    """Where that provider sends its answers: an address of its own, so that none can be taken for another's."""
    return public_address(reverse("connect-callback", args=[str(adapter.network)]), request)


def scopes_for(adapter: Adapter, allowed: Collection[str]) -> list[str]:
    """What to ask for if the creator allows these of the optional things."""
    more = [scope for what, scopes in adapter.offered_scopes.items() if what in allowed for scope in scopes]
    return [*adapter.required_scopes, *adapter.always_scopes, *more]


def authorize_url(adapter: Adapter, browser: Browser, *, state: str, back: str, scopes: list[str]) -> str:
    """The provider's page that asks for these scopes, and sends its answer `back`, for this browser and this once."""
    asked = {
        adapter.client_name: adapter.client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": adapter.scope_separator.join(scopes),
        "state": state,
        **adapter.authorize_extra,
        **adapter.challenge.parameters(browser.verifier(state)),
    }
    asked |= {"nonce": browser.nonce(state)} if adapter.nonce else {}
    return http.address(adapter.authorize_url, asked)
