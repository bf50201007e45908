"""A call to the sandbox, and its reply."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from social_auth.sandbox.accounts import is_ours, our_secret
from social_auth.sandbox.bodies import FORM
from social_auth.sandbox.tokens import Token, read_token

ANY_STYLE, BASIC, IN_FORM = "any", "basic", "form"
"""Where an app must send its id and secret: anywhere, in the Authorization header, among the parameters."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drips: bool = False
    """Whether the body is sent at a byte a second."""


@dataclass(frozen=True)
class Call:
    """A request to `https://host/path`; `params` are those of the query and the form together."""

    method: str
    host: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    in_query: frozenset[str] = frozenset()
    """The parameters that came in the URL."""

    def bearer(self, network: str) -> Token | None:
        return read_token(self.headers.get("authorization", "").removeprefix("Bearer "), network)

    def param_token(self, network: str, name: str = "access_token") -> Token | None:
        return read_token(self.params.get(name, ""), network)

    def client(self, id_name: str = "client_id") -> tuple[str, str]:
        """The app's id and secret, from the Basic header, else from query or form."""
        header = self.headers.get("authorization", "")
        if not self.is_basic:
            return self.params.get(id_name, ""), self.params.get("client_secret", "")
        try:
            client_id, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return client_id, secret

    @property
    def is_basic(self) -> bool:
        return self.headers.get("authorization", "").startswith("Basic ")

    @property
    def is_form(self) -> bool:
        """Whether the body is a form; a call without Content-Type has none, and counts as one."""
        return self.headers.get("content-type", FORM).partition(";")[0].strip().lower() == FORM

    def client_known(self, network: str, *, id_name: str = "client_id", style: str = ANY_STYLE) -> bool:
        """Whether the call carries our app's id and secret in the place that the provider accepts."""
        if style != ANY_STYLE and self.is_basic != (style == BASIC):
            return False
        client_id, secret = self.client(id_name)
        return is_ours(network, client_id) and secret == our_secret(network)
