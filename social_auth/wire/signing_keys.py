"""A provider's public keys: shared by all processes, downloaded once a minute at most, kept while it is down."""

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
"""Seconds after which keys are asked for again, though they still serve."""
PAUSE = 60
"""Seconds between two downloads, whatever is asked for meanwhile."""
KEPT = 24 * 3600
"""Seconds that keys serve while their provider cannot be reached."""
WAITS = 40
"""Tenths of a second that others wait for the first download."""
Download = Callable[[], Any]


def signing_key(name: str, key_id: str, download: Download) -> RSAPublicKey | None:
    """Return the provider's RSA key of that id, None if it has none; raises Unavailable if that cannot be told now.

    `download` gives the JSON of a JWK set (RFC 7517) or of PEM certificates by key id; it may raise an Outcome.
    """
    known = cache.get(f"signing-keys:{name}") or {}
    stale = timezone.now().timestamp() - known.get("at", 0) > FRESH
    if (stale or key_id not in known.get("keys", {})) and _may_download(name):
        known = _downloaded(name, download) or known
    if not known:
        known = _awaited(name)
    if text := known.get("keys", {}).get(key_id):
        return _parsed(text)
    if timezone.now().timestamp() - known.get("at", 0) > PAUSE:
        raise Unavailable(f"{name}: its keys cannot be had", retry_after=PAUSE)  # the key may be a new one
    return None


def _may_download(name: str) -> bool:
    """Take the minute's one download; the calls of other processes and threads count too."""
    return bool(cache.add(f"signing-keys:{name}:asked", True, timeout=PAUSE))


def _awaited(name: str) -> dict[str, Any]:
    """Wait a moment for the download that somebody else is making; nothing if it failed."""
    for _ in range(WAITS):
        if cache.get(f"signing-keys:{name}:failed"):
            break
        if known := cache.get(f"signing-keys:{name}"):
            return dict(known)
        time.sleep(0.1)
    return {}


def _downloaded(name: str, download: Download) -> dict[str, Any] | None:
    """Ask the provider and keep what it answers; None if that is nothing, so that the old keys go on."""
    http.release_database()
    try:
        keys = _texts(download())
    except Outcome:
        keys = {}
    if not keys:
        cache.set(f"signing-keys:{name}:failed", True, timeout=PAUSE)
        return None
    known = {"keys": keys, "at": timezone.now().timestamp()}
    cache.set(f"signing-keys:{name}", known, timeout=KEPT)
    return known


def _texts(body: Any) -> dict[str, str]:
    """Read a set in either form into key texts by id, without what does not open."""
    body = body if isinstance(body, dict) else {}
    listed = body.get("keys")
    if isinstance(listed, list):
        found = {str(key.get("kid")): json.dumps(key) for key in listed if isinstance(key, dict)}
    else:
        found = {key_id: text for key_id, text in body.items() if isinstance(text, str)}
    return {key_id: text for key_id, text in found.items() if _parsed(text)}


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
