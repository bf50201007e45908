"""How the consent pages of the providers differ."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

Params = dict[str, str]
PROBLEMS = ("client", "no_redirect", "redirect", "response_type", "no_scope", "scope", "state", "pkce")
"""What can be wrong with an authorization request."""


def _nothing(params: Params, granted: list[str]) -> dict[str, str]:
    return {}


def _never(params: Params, granted: list[str]) -> bool:
    return False


@dataclass(frozen=True)
class Dialog:
    network: str
    label: str
    host: str
    """The host of the page; `older_hosts` serve it, too."""
    path: re.Pattern[str]
    scopes: dict[str, str]
    """The scopes that may be requested, with what each gives access to."""
    messages: dict[str, str]
    """The provider's error message for each problem; {} is the wrong value."""
    denied: dict[str, str]
    """The parameters of the redirect when the user declines."""
    separator: str = " "
    """The characters any of which may separate scopes."""
    client_name: str = "client_id"
    always: Collection[str] = ()
    """The scopes that the user cannot untick."""
    all_or_nothing: bool = False
    """Whether the real page has no checkboxes."""
    state_required: bool = False
    most_state: int = 4000
    needs_scope: bool = True
    methods: tuple[str, ...] = ("S256", "plain")
    """The accepted methods of a PKCE challenge; the first one is the default."""
    methods_in_any_case: bool = False
    needs_challenge: Callable[[str], bool] = lambda redirect_uri: False
    """Whether a challenge is required for that redirect URI."""
    redirected_errors: dict[str, str] = field(default_factory=dict)
    """The problems of which the provider informs the app by a redirect with this `error`, instead of a page."""
    older_hosts: tuple[str, ...] = ()
    fragment: str = ""
    """The fragment that the provider adds to the redirect."""
    approved: Callable[[Params, list[str]], dict[str, str]] = _nothing
    """Parameters of the redirect beside the code."""
    is_online: Callable[[Params, list[str]], bool] = _never
    """Whether the code gives no refresh token."""

    def serves(self, path: str) -> bool:
        return self.path.fullmatch(path) is not None
