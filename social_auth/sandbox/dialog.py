"""What differs from provider to provider in the page that asks its user."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

Params = dict[str, str]
PROBLEMS = ("client", "no_redirect", "redirect", "response_type", "no_scope", "scope", "state", "pkce")
"""What can be wrong with what an app asks."""


def _nothing(params: Params, granted: list[str]) -> dict[str, str]:
    return {}


def _never(params: Params, granted: list[str]) -> bool:
    return False


@dataclass(frozen=True)
class Dialog:
    network: str
    label: str
    host: str
    """Where the page is; it may have older addresses, too."""
    path: re.Pattern[str]
    scopes: dict[str, str]
    """What may be asked for, and what it is in words."""
    words: dict[str, str]
    """What the provider says of each problem; {} is the value that is wrong."""
    denied: dict[str, str]
    """What the app hears of a user who declines."""
    separator: str = " "
    """What stands between scopes: one of these characters."""
    client_name: str = "client_id"
    always: Collection[str] = ()
    """What its user cannot untick."""
    all_or_nothing: bool = False
    """Whether the real page lets nobody untick anything."""
    state_required: bool = False
    most_state: int = 4000
    needs_scope: bool = True
    methods: tuple[str, ...] = ("S256", "plain")
    """How a challenge may be made; the first one is meant where none is named."""
    methods_in_any_case: bool = False
    needs_challenge: Callable[[str], bool] = lambda redirect_uri: False
    """Whether an app that is to be answered there must send one."""
    told_by_redirect: dict[str, str] = field(default_factory=dict)
    """Problems that the app hears of itself, as this `error`."""
    older_hosts: tuple[str, ...] = ()
    fragment: str = ""
    """What the provider leaves behind the # of the address that it redirects to."""
    approved: Callable[[Params, list[str]], dict[str, str]] = _nothing
    """What goes to the app beside the code."""
    is_online: Callable[[Params, list[str]], bool] = _never
    """Whether no refresh token is given."""

    def serves(self, path: str) -> bool:
        return self.path.fullmatch(path) is not None
