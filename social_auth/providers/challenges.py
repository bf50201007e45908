"""What binds a code to the question that it answers: PKCE (RFC 7636), and the nonce of OpenID Connect."""

import base64
import hashlib
import hmac
from enum import StrEnum
from typing import Any

import jwt

from social_auth.wire.outcomes import TokenDead


class Challenge(StrEnum):
    """How a provider wants the challenge of a code's verifier."""

    S256 = "S256"
    HEX = "hex"  # the same hash, in TikTok's spelling
    NONE = ""  # LinkedIn refuses our client for a verifier that it did not ask for

    def parameters(self, verifier: str) -> dict[str, str]:
        """What goes into the authorize URL for a code with that verifier."""
        if self == Challenge.NONE:
            return {}
        digest = hashlib.sha256(verifier.encode()).digest()
        text = digest.hex() if self == Challenge.HEX else base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return {"code_challenge": text, "code_challenge_method": "S256"}


def check_nonce(id_token: Any, nonce: str) -> None:
    """Raise TokenDead if the token that came with a code says that it answers another question.

    It came from the provider's token endpoint over TLS, which is proof enough of who wrote it (OpenID Connect Core,
    3.1.3.7). Without one nothing is checked: PKCE, or the state, binds the code as well.
    """
    if not isinstance(id_token, str) or not id_token:
        return
    try:
        said = jwt.decode(id_token, options={"verify_signature": False}).get("nonce")
    except jwt.InvalidTokenError:
        said = ""
    if said is not None and not hmac.compare_digest(str(said).encode(), nonce.encode()):
        outcome = TokenDead("the id_token answers another question")
        outcome.field = "code"
        raise outcome
