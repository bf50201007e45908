"""The browser that uses a link, known by a cookie of its own: no session, nobody is signed in by it."""

import base64
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import Self

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from social_auth.connections.models import LASTS_BY_HAND, digest

COOKIE = "connect_browser"
SALT = "connect-browser"
SECONDS = int(LASTS_BY_HAND.total_seconds())


def cookie_name() -> str:
    """By this prefix browsers take it from this very host alone: no other one of the domain can plant its own."""
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


@dataclass(frozen=True)
class Browser:
    """What a browser has in its cookie: a secret of its own, and the link that it used last."""

    secret: str
    page: str = ""
    is_known: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The browser that asks; a new one if it has no cookie, or one that we did not sign."""
        text = request.get_signed_cookie(cookie_name(), "", salt=SALT, max_age=SECONDS) or ""
        secret, _, page = text.partition(".")
        return cls(secret, page, is_known=True) if secret else cls(secrets.token_urlsafe(32))

    @property
    def digest(self) -> str:
        return digest(self.secret)

    def at(self, page: str) -> Self:
        return replace(self, page=page)

    def form_token(self, link: str) -> str:
        """What a form of a link's page must bring along: only a page that we gave to this browser has it."""
        return self._derived(f"form:{link}")

    def verifier(self, state: str) -> str:
        """The PKCE verifier of that question: nobody has it who knows only what the provider saw."""
        return self._derived(f"verifier:{state}")

    def nonce(self, state: str) -> str:
        return self._derived(f"nonce:{state}")

    def keep(self, response: HttpResponse) -> None:
        """Lax: the way back from the provider is a link from elsewhere, which must bring the cookie."""
        text, secure = f"{self.secret}.{self.page}", bool(settings.SESSION_COOKIE_SECURE)
        response.set_signed_cookie(
            cookie_name(), text, salt=SALT, max_age=SECONDS, httponly=True, samesite="Lax", secure=secure
        )

    def _derived(self, what: str) -> str:
        made = hmac.digest(self.secret.encode(), what.encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
