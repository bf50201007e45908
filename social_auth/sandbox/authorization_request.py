"""An app's authorization request to a provider's consent page, and what is wrong with it."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from social_auth.sandbox.accounts import is_ours
from social_auth.sandbox.dialog import Dialog
from social_auth.sandbox.pkce import FORMS

LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "10.0.2.2")
"""Hosts by which a browser or an Android emulator reaches its own machine: only for them may a redirect be http."""

Problem = tuple[str, str]
"""One of `dialog.PROBLEMS`, and the wrong value."""


@dataclass(frozen=True)
class AuthorizationRequest:
    dialog: Dialog
    params: dict[str, str]

    @property
    def client_id(self) -> str:
        return self.params.get(self.dialog.client_name, "")

    @property
    def redirect_uri(self) -> str:
        return self.params.get("redirect_uri", "")

    @property
    def state(self) -> str:
        return self.params.get("state", "")

    @property
    def challenge(self) -> str:
        return self.params.get("code_challenge", "")

    @property
    def method(self) -> str:
        """The method of the challenge. TikTok says S256 and means the hash in hex."""
        named = self.params.get("code_challenge_method", "") or self.dialog.methods[0]
        if self.dialog.methods_in_any_case:
            named = next((method for method in self.dialog.methods if method.lower() == named.lower()), named)
        return "hex" if named == "S256" and self.dialog.methods[0] == "hex" else named

    @property
    def scopes(self) -> list[str]:
        names = re.split(f"[{self.dialog.separator}]", self.params.get("scope", ""))
        return list(dict.fromkeys(filter(None, names)))

    @cached_property
    def problem(self) -> Problem | None:
        """The first problem; client and redirect URI are checked first."""
        return self._client_problem() or self._parameter_problem() or self._challenge_problem()

    def _client_problem(self) -> Problem | None:
        if not is_ours(self.dialog.network, self.client_id):
            return "client", self.client_id
        if not self.redirect_uri:
            return "no_redirect", ""
        return None if _may_be_redirect(self.redirect_uri) else ("redirect", self.redirect_uri)

    def _parameter_problem(self) -> Problem | None:
        if self.params.get("response_type") != "code":
            return "response_type", self.params.get("response_type", "")
        if not self.scopes and self.dialog.needs_scope:
            return "no_scope", ""
        if unknown := [scope for scope in self.scopes if scope not in self.dialog.scopes]:
            return "scope", unknown[0]
        wants_state = self.dialog.state_required and not self.state
        return ("state", "") if wants_state or len(self.state) > self.dialog.most_state else None

    def _challenge_problem(self) -> Problem | None:
        if not self.challenge:
            return ("pkce", "") if self.dialog.needs_challenge(self.redirect_uri) else None
        offered = self.method in self.dialog.methods
        return None if offered and FORMS[self.method].fullmatch(self.challenge) else ("pkce", self.challenge)


def _may_be_redirect(uri: str) -> bool:
    """Whether a provider would let an app register the URI: absolute, without a fragment, no plain http."""
    parts = urlsplit(uri)
    if not parts.scheme or parts.fragment or "#" in uri or parts.scheme in ("javascript", "data"):
        return False
    if parts.scheme in ("http", "https") and not parts.netloc:
        return False
    return parts.scheme != "http" or parts.netloc.rpartition("@")[2].rsplit(":", 1)[0] in LOOPBACK
