"""Opens a credential for a provider call; if it cannot be opened, raises the Outcome of the call."""

from collections.abc import Callable
from typing import TypeVar

from social_auth.credentials.models import Credential
from social_auth.credentials.vault import FOR_ANOTHER, Undecipherable, UnknownKey
from social_auth.wire.outcomes import OurFault, Unavailable
from social_auth.wire.secret import Secret

T = TypeVar("T")


def access_token_of(credential: Credential) -> str:
    """The access token alone; raises an Outcome that is no verdict on the connection."""
    return _opened(credential.open_access_token)


def secret_of(credential: Credential) -> Secret:
    """Both tokens; raises an Outcome that is no verdict on the connection."""
    return _opened(credential.open)


def _opened(opens: Callable[[], T]) -> T:
    try:
        return opens()
    except UnknownKey:
        wait = int(FOR_ANOTHER.total_seconds())
        raise Unavailable("a credential is sealed under a key that this process lacks", retry_after=wait) from None
    except Undecipherable:
        raise OurFault("a credential does not open") from None
