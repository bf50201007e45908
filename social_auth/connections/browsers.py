"""The browser that uses a link, recognised by a cookie of its own; it is no session and signs nobody in."""

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
    """With the prefix __Host-, browsers accept the cookie from this host only: no subdomain can plant one."""
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


@dataclass(frozen=True)
class Browser:
    """The content of the cookie: the browser's secret, and the link that it used last."""

    secret: str
    page: str = ""
    is_known: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The browser of the request; a new one if it has no cookie that we signed."""
        text = request.get_signed_cookie(cookie_name(), "", salt=SALT, max_age=SECONDS) or ""
        secret, _, page = text.partition(".")
        return cls(secret, page, is_known=True) if secret else cls(secrets.token_urlsafe(32))

    @property
    def digest(self) -> str:
        return digest(self.secret)

    def at(self, page: str) -> Self:
        return replace(self, page=page)

    def form_token(self, link: str) -> str:
        """The CSRF token in the forms of a link's page, which only this browser can have."""
        return self._derived(f"form:{link}")

    def verifier(self, state: str) -> str:
        """The PKCE verifier for that state; it cannot be derived from anything that the provider sees."""
        return self._derived(f"verifier:{state}")

    def nonce(self, state: str) -> str:
        return self._derived(f"nonce:{state}")

    def keep(self, response: HttpResponse) -> None:
        """Set the cookie. SameSite=Lax, as the provider's redirect back to us must bring it along."""
        text, secure = f"{self.secret}.{self.page}", bool(settings.SESSION_COOKIE_SECURE)
        response.set_signed_cookie(
            cookie_name(), text, salt=SALT, max_age=SECONDS, httponly=True, samesite="Lax", secure=secure
        )

    def _derived(self, purpose: str) -> str:
        derived = hmac.digest(self.secret.encode(), purpose.encode(), "sha256")
        return base64.urlsafe_b64encode(derived).decode().rstrip("=")
