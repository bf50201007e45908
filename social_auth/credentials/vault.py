"""Encryption at rest: AES-256-GCM under keys of its own, each ciphertext bound to the row and field it belongs to."""

import base64
import os
import sys
from datetime import timedelta

import redis
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import OperationalError, ProgrammingError

from connect.identity.erased import check_identity_keys
from connect.keys.keyring import WrongKey, fingerprint, read_keys

NONCE = 12
FOR_ANOTHER = timedelta(minutes=1)
"""How long what is sealed under a key that this process lacks is left for a process that has it."""


UNTOLD = "Key {!r} is first, but {}. Put it last, restart web and workers everywhere, and then put it first"
logger = structlog.get_logger(__name__)


class Undecipherable(Exception):
    """A ciphertext that does not open: another row's, damaged, or of a key that is gone."""


class UnknownKey(Undecipherable):
    """It is sealed under a key that this process was not given: another one may open it."""


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
    """The keys that this process has, the one that seals first."""
    return list(_keys(settings.CONNECT_TOKEN_KEYS))


def check_keys() -> None:
    """Compare the keys with what the database remembers of them, and remember new ones; raises WrongKey.

    A new key is first known and then used: one that is first in its turn, and that nobody was told of, is refused.
    """
    from social_auth.credentials.models import Credential, Revocation, TokenKey
    from social_auth.notices.models import WebhookSecret
    from social_auth.sign_in.staff.adapter import any_under

    known = dict(TokenKey.objects.values_list("key_id", "fingerprint"))
    keys = _keys(settings.CONNECT_TOKEN_KEYS).items()
    configured = {key_id: fingerprint(key, "connect token key") for key_id, key in keys}
    for key_id, mark in configured.items():
        if known.get(key_id, mark) != mark:
            raise WrongKey(f"Key {key_id!r} is not the one that the database was written with")
    missing = set(known) - set(configured)
    old = [model.objects.sealed_under(missing) for model in (Credential, WebhookSecret)]
    old.append(Revocation.objects.sealed_under(missing).filter(finished_at__isnull=True))
    if missing and (any(rows.exists() for rows in old) or any_under(missing)):
        raise WrongKey(f"Secrets are still encrypted under {sorted(missing)}: add the key, or rotate first")
    if known and newest_key() not in known:
        raise WrongKey(UNTOLD.format(newest_key(), "no process has known it yet"))
    TokenKey.objects.bulk_create(
        [TokenKey(key_id=key_id, fingerprint=configured[key_id]) for key_id in set(configured) - set(known)],
        ignore_conflicts=True,
    )


def keys_that_are_missing() -> list[str]:
    """The keys that the database knows of and this process was not given."""
    from social_auth.credentials.models import TokenKey

    return list(TokenKey.objects.exclude(key_id__in=key_ids()).values_list("key_id", flat=True))


def check_turn() -> None:
    """Raise WrongKey if the key that seals is not known to every process yet. Without Redis nobody can tell."""
    from social_auth.credentials.key_holders import who_lacks

    try:
        without = who_lacks(newest_key())
    except redis.RedisError as error:
        logger.warning("nobody can tell whether all processes know the key that seals", error=type(error).__name__)
        return
    if without:
        raise WrongKey(UNTOLD.format(newest_key(), f"these do not know it yet: {', '.join(without)}"))


def refuse_wrong_keys() -> None:
    """Exit if the keys are wrong. A database that is down or not migrated yet is the readiness probe's business."""
    try:
        check_keys()
        check_turn()
        check_identity_keys()
    except WrongKey as error:
        sys.exit(f"CONNECT_TOKEN_KEYS, CONNECT_IDENTITY_KEYS: {error}")
    except (OperationalError, ProgrammingError):
        return


def _keys(configured: str) -> dict[str, bytes]:
    return read_keys("CONNECT_TOKEN_KEYS", configured)
