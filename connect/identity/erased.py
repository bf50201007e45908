"""Keyed hashes that replace an account's ids at an erasure, so that a suspended account is recognised if it comes back.

The keys are `CONNECT_IDENTITY_KEYS`, newest first. A hash cannot be renewed under a new key, as the id is gone: a key
under which a suspended account was erased must stay. Older hashes were made with SECRET_KEY.
"""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.crypto import salted_hmac

from connect.identity.identity_keys import ERASED
from connect.identity.models import IdentityKey
from connect.moderation.kinds import kinds
from connect.secret_keys.keyring import WrongKey, fingerprint, read_keys
from connect.secret_keys.secret_key import secret_key_and_fallbacks

DIGITS = 48
BY_SECRET_KEY = ":secret"
"""The id under which the database remembers SECRET_KEY; no key of ours can have this name."""
PURPOSE = "connect identity key"
_not_needed: set[str] = set()
"""Keys that this process lacks and no record needs. That stays so: nothing is erased here under a key we lack."""


def erased_uid(network: str, uid: str) -> str:
    """Hash a provider's id under the newest key: `erased:<key id>:<hex>`. A hash is returned as it is."""
    if uid.startswith(ERASED):
        return uid
    return next(iter(_hashes(network, uid)))


def erased_forms(network: str, uid: str) -> list[str]:
    """Every hash that an erasure may have left of that id: under each key, and under each SECRET_KEY."""
    return [
        *_hashes(network, uid),
        *(_hash_by_secret_key(network, uid, secret) for secret in secret_key_and_fallbacks()),
    ]


def check_identity_keys() -> None:
    """Compare our keys with the fingerprints in the database, and store those of new keys; raises WrongKey."""
    known = dict(IdentityKey.objects.values_list("key_id", "fingerprint"))
    ours = {key_id: [fingerprint(key, PURPOSE)] for key_id, key in _keys().items()}
    ours[BY_SECRET_KEY] = [fingerprint(secret.encode(), PURPOSE) for secret in secret_key_and_fallbacks()]
    for key_id, mark in sorted(known.items()):
        if mark not in ours.get(key_id, []):
            _refuse_if_needed(key_id, changed=key_id in ours)
    new = [IdentityKey(key_id=key_id, fingerprint=marks[0]) for key_id, marks in ours.items() if key_id not in known]
    IdentityKey.objects.bulk_create(new, ignore_conflicts=True)


def _refuse_if_needed(key_id: str, *, changed: bool) -> None:
    if changed and key_id != BY_SECRET_KEY:
        raise WrongKey(f"Identity key {key_id!r} is not the one that accounts were erased with")
    if key_id in _not_needed:
        return
    if is_needed(key_id):
        missing = "the SECRET_KEY of before (SECRET_KEY_FALLBACKS)" if key_id == BY_SECRET_KEY else f"key {key_id!r}"
        raise WrongKey(f"Suspended accounts are known again only by {missing}: add it, and keep it")
    _not_needed.add(key_id)


def is_needed(key_id: str) -> bool:
    """Whether a suspended account was erased under that key."""
    form = rf"^{ERASED}[0-9a-f]{{{DIGITS}}}$" if key_id == BY_SECRET_KEY else None
    rows: list[Any] = [model._default_manager.suspended() for model in kinds().values()]
    return any(records.filter(_left_under(key_id, form)).exists() for records in rows)


def _left_under(key_id: str, form: str | None) -> Q:
    if form:
        return Q(external_id__regex=form) | Q(provider_uid__regex=form)
    begin = f"{ERASED}{key_id}:"
    return Q(external_id__startswith=begin) | Q(provider_uid__startswith=begin)


def _hashes(network: str, uid: str) -> list[str]:
    text = f"erased account:{network}:{uid}".encode()
    hashed = ((key_id, hmac.new(key, text, hashlib.sha256).hexdigest()) for key_id, key in _keys().items())
    return [f"{ERASED}{key_id}:{digest[:DIGITS]}" for key_id, digest in hashed]


def _hash_by_secret_key(network: str, uid: str, secret: str) -> str:
    digest = salted_hmac("erased account", f"{network}:{uid}", secret=secret, algorithm="sha256").hexdigest()
    return f"{ERASED}{digest[:DIGITS]}"


def _keys() -> dict[str, bytes]:
    return read_keys("CONNECT_IDENTITY_KEYS", settings.CONNECT_IDENTITY_KEYS)
