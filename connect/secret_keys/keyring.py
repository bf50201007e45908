"""Reads configured keys: `id:base64` of 32 bytes each, separated by commas. The first one is used for new values."""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from django.core.exceptions import ImproperlyConfigured

LONGEST_ID = 32


class WrongKey(Exception):
    """The configured keys are not those that the database was written with."""


@lru_cache(maxsize=32)
def read_keys(setting: str, configured: str) -> dict[str, bytes]:
    """Return the keys by their ids, in their order; raises ImproperlyConfigured, which names the setting."""
    keys = {}
    for part in configured.split(","):
        key_id, _, text = part.strip().partition(":")
        if not text:  # the error does not repeat the text, which may be a key without its id
            raise ImproperlyConfigured(f"{setting}: a key is `id:` and 32 bytes in base64")
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured(f"{setting}: key {key_id!r} is not base64") from error
        if not key_id or len(key_id) > LONGEST_ID or len(key) != 32:
            raise ImproperlyConfigured(f"{setting}: {key_id!r} must be `id:` and 32 bytes in base64")
        keys[key_id] = key
    return keys


def fingerprint(key: bytes, purpose: str) -> str:
    """A hash that may be stored, by which we notice if another key is configured under the same id."""
    return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()
