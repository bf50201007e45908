"""PKCE (RFC 7636), and TikTok's variant of it."""

import base64
import hashlib
import hmac
import re

FORMS = {
    "S256": re.compile(r"[A-Za-z0-9_-]{43}"),
    "hex": re.compile(r"[0-9a-f]{64}"),
    "plain": re.compile(r"[A-Za-z0-9._~-]{1,128}"),
}
"""The form of a challenge, by method. TikTok calls its hex form S256, too."""


def challenge_of(verifier: str, method: str) -> str:
    digest = hashlib.sha256(verifier.encode())
    match method:
        case "plain":
            return verifier
        case "hex":
            return digest.hexdigest()
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def verifies(verifier: str, challenge: str, method: str) -> bool:
    """Whether the verifier fits the challenge; without a challenge any does."""
    return not challenge or hmac.compare_digest(challenge_of(verifier, method).encode(), challenge.encode())
