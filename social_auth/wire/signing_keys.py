"""A provider's public keys: shared by all processes, downloaded at most once a minute, used on while it is down."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate
from django.core.cache import cache
from django.utils import timezone

from social_auth.wire import http
from social_auth.wire.outcomes import Outcome, Unavailable

FRESH = 3600
"""Seconds after which the keys are downloaded again; meanwhile the old ones serve."""
PAUSE = 60
"""Seconds between two downloads, even if a token names a key that we do not know."""
KEPT = 24 * 3600
"""Seconds that keys serve while their provider cannot be reached."""
WAITS = 40
"""Tenths of a second that other processes wait for the first download."""
Download = Callable[[], Any]


def signing_key(name: str, key_id: str, download: Download) -> RSAPublicKey | None:
    """Return the provider's RSA key of that id, None if it has none; raises Unavailable if we cannot know now.

    `download` returns the JSON of a JWK set (RFC 7517), or of PEM certificates by key id; it may raise an Outcome.
    """
    cached = cache.get(f"signing-keys:{name}") or {}
    stale = timezone.now().timestamp() - cached.get("at", 0) > FRESH
    if (stale or key_id not in cached.get("keys", {})) and _may_download(name):
        cached = _downloaded(name, download) or cached
    if not cached:
        cached = _awaited(name)
    if text := cached.get("keys", {}).get(key_id):
        return _parsed(text)
    if timezone.now().timestamp() - cached.get("at", 0) > PAUSE:
        raise Unavailable(f"{name}: its keys cannot be had", retry_after=PAUSE)  # the key may be a new one
    return None


def _may_download(name: str) -> bool:
    """Take the one download of this minute, unless another process or thread has taken it."""
    return bool(cache.add(f"signing-keys:{name}:asked", True, timeout=PAUSE))


def _awaited(name: str) -> dict[str, Any]:
    """Wait a moment for the download that another process is making; empty if that failed."""
    for _ in range(WAITS):
        if cache.get(f"signing-keys:{name}:failed"):
            break
        if cached := cache.get(f"signing-keys:{name}"):
            return dict(cached)
        time.sleep(0.1)
    return {}


def _downloaded(name: str, download: Download) -> dict[str, Any] | None:
    """Download and cache the keys; None if the provider gave none, so that the old keys stay in use."""
    http.release_database()
    try:
        keys = _texts(download())
    except Outcome:
        keys = {}
    if not keys:
        cache.set(f"signing-keys:{name}:failed", True, timeout=PAUSE)
        return None
    cached = {"keys": keys, "at": timezone.now().timestamp()}
    cache.set(f"signing-keys:{name}", cached, timeout=KEPT)
    return cached


def _texts(body: Any) -> dict[str, str]:
    """Read a key set in either form into key texts by id, leaving out those that we cannot read."""
    body = body if isinstance(body, dict) else {}
    listed = body.get("keys")
    if isinstance(listed, list):
        texts = {str(key.get("kid")): json.dumps(key) for key in listed if isinstance(key, dict)}
    else:
        texts = {key_id: text for key_id, text in body.items() if isinstance(text, str)}
    return {key_id: text for key_id, text in texts.items() if _parsed(text)}


def _parsed(text: str) -> RSAPublicKey | None:
    """Return the RSA public key in a JWK or a certificate; None for a key of another kind or none at all."""
    try:
        if text.lstrip().startswith("{"):
            key: Any = jwt.PyJWK.from_json(text, algorithm="RS256").key
        else:
            key = load_pem_x509_certificate(text.encode()).public_key()
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= 2048 else None
