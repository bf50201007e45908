"""What binds an authorization code to the request it answers: PKCE (RFC 7636), and the nonce of OpenID Connect."""

import base64
import hashlib
import hmac
from enum import StrEnum
from typing import Any

import jwt

from social_auth.wire.outcomes import TokenDead


class Challenge(StrEnum):
    """How a provider wants the PKCE challenge to be written."""

    S256 = "S256"
    HEX = "hex"  # TikTok: the same hash as hex digits instead of base64url
    NONE = ""  # LinkedIn refuses our client if it sends a verifier

    def parameters(self, verifier: str) -> dict[str, str]:
        """The parameters of the authorize URL that bind the code to the verifier."""
        if self == Challenge.NONE:
            return {}
        digest = hashlib.sha256(verifier.encode()).digest()
        text = digest.hex() if self == Challenge.HEX else base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return {"code_challenge": text, "code_challenge_method": "S256"}


def check_nonce(id_token: Any, nonce: str) -> None:
    """Raise TokenDead if the id_token that came with a code has the nonce of another authorization request.

    Its signature need not be checked: it came from the provider's token endpoint over TLS (OpenID Connect Core,
    3.1.3.7). An answer without an id_token passes: PKCE, or the state, binds the code as well.
    """
    if not isinstance(id_token, str) or not id_token:
        return
    try:
        token_nonce = jwt.decode(id_token, options={"verify_signature": False}).get("nonce")
    except jwt.InvalidTokenError:
        token_nonce = ""
    if token_nonce is not None and not hmac.compare_digest(str(token_nonce).encode(), nonce.encode()):
        outcome = TokenDead("the id_token answers another question")
        outcome.field = "code"
        raise outcome
