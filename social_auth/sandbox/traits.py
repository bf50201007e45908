"""What somebody set for the sandbox's accounts and networks. It is remembered while the sandbox runs."""

import re
import time
from dataclasses import dataclass, replace

from social_auth.sandbox.states import NETWORK_STATES, STATES

NAME = re.compile(r"[a-z][a-z0-9_]{0,8}")
HANDLE = re.compile(r"[a-z][a-z0-9_]{0,14}")
EVERYBODY = "*"
"""The name that stands for a whole network."""


@dataclass(frozen=True)
class Traits:
    """What somebody set for an account, and when the state was set."""

    followers: int | None = None
    handle: str = ""
    state: str = "ok"
    since: float = 0.0
    assets: int = 2
    """How many pages, boards or organisations it administers."""


_traits: dict[tuple[str, str], Traits] = {}


def traits_of(network: str, name: str) -> Traits:
    return _traits.get((network, name), Traits())


def changed_names() -> list[tuple[str, str]]:
    """Network and name of the accounts for which something was set."""
    return list(_traits)


def network_state(network: str) -> str:
    return traits_of(network, EVERYBODY).state


def set_traits(
    network: str,
    name: str,
    *,
    followers: int | None = None,
    handle: str = "",
    state: str = "",
    assets: int | None = None,
) -> None:
    """Change the given traits and leave the others; raises ValueError for an impossible value."""
    if name != EVERYBODY and not NAME.fullmatch(name):
        raise ValueError("An account name has 1 to 9 of a-z, 0-9 and _, and starts with a letter")
    if state and state not in (STATES if name != EVERYBODY else ("ok", *NETWORK_STATES)):
        raise ValueError(f"{state!r} is no state of {'a network' if name == EVERYBODY else 'an account'}")
    if handle and not HANDLE.fullmatch(handle):
        raise ValueError("A handle has 1 to 15 of a-z, 0-9 and _, and starts with a letter")
    if not 0 <= (followers or 0) <= 10**10:
        raise ValueError("A count is a whole number from 0 to 10,000,000,000")
    if not 0 <= (assets or 0) <= 1000:
        raise ValueError("An account administers 0 to 1000 pages")
    old = traits_of(network, name)
    new = replace(
        old,
        handle=handle or old.handle,
        followers=old.followers if followers is None else followers,
        assets=old.assets if assets is None else assets,
    )
    _traits[network, name] = replace(new, state=state, since=time.time()) if state else new


def reset_traits() -> None:
    _traits.clear()
