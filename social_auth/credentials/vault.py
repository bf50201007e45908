"""Encryption at rest: AES-256-GCM under CONNECT_TOKEN_KEYS, each ciphertext bound to its row and field."""

import base64
import os
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from connect.secret_keys.keyring import read_keys

NONCE = 12
FOR_ANOTHER = timedelta(minutes=1)
"""To wait, if a secret is sealed under a key that this process lacks, for a process that has it."""


class Undecipherable(Exception):
    """The ciphertext cannot be opened: it is another row's, damaged, or its key is gone."""


class UnknownKey(Undecipherable):
    """It is sealed under a key that this process lacks; another process may open it."""


def encrypt(plain: str, *, bound_to: str) -> str:
    """Return `key id:base64`; the empty string stays empty. `bound_to` names table, row and field."""
    if not plain:
        return ""
    key_id, key = next(iter(_keys(settings.CONNECT_TOKEN_KEYS).items()))
    nonce = os.urandom(NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, plain.encode(), bound_to.encode())
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def decrypt(cipher: str, *, bound_to: str) -> str:
    """Open what `encrypt` made for the same place; raises Undecipherable."""
    if not cipher:
        return ""
    key_id, _, text = cipher.partition(":")
    key = _keys(settings.CONNECT_TOKEN_KEYS).get(key_id)
    if key is None:
        raise UnknownKey(f"There is no key {key_id!r} here")
    try:
        sealed = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode()).decode()
    except (ValueError, InvalidTag) as error:  # ValueError: no base64, too short, no UTF-8
        raise Undecipherable(f"A secret of key {key_id!r} does not open") from error


def newest_key() -> str:
    return next(iter(key_ids()))


def key_ids() -> list[str]:
    """The ids of this process's keys; the first one seals."""
    return list(_keys(settings.CONNECT_TOKEN_KEYS))


def _keys(configured: str) -> dict[str, bytes]:
    return read_keys("CONNECT_TOKEN_KEYS", configured)
