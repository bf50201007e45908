"""Checks that this process's keys are those of the database, and that other processes know the newest key."""

import sys

import redis
import structlog
from django.conf import settings
from django.db import OperationalError, ProgrammingError

from connect.identity.erased import check_identity_keys
from connect.secret_keys.keyring import WrongKey, fingerprint, read_keys
from social_auth.credentials import sealed_kinds
from social_auth.credentials.key_holders import who_lacks
from social_auth.credentials.models import TokenKey
from social_auth.credentials.vault import key_ids, newest_key

UNTOLD = "Key {!r} is first, but {}. Put it last, restart web and workers everywhere, and then put it first"
logger = structlog.get_logger(__name__)


def check_keys() -> None:
    """Compare the keys with their fingerprints in the database, and store those of new keys; raises WrongKey.

    A new key must be known to all processes before it seals: so it is refused if it comes first in the setting before
    any process has registered it.
    """
    remembered = dict(TokenKey.objects.values_list("key_id", "fingerprint"))
    keys = read_keys("CONNECT_TOKEN_KEYS", settings.CONNECT_TOKEN_KEYS).items()
    configured = {key_id: fingerprint(key, "connect token key") for key_id, key in keys}
    for key_id, mark in configured.items():
        if remembered.get(key_id, mark) != mark:
            raise WrongKey(f"Key {key_id!r} is not the one that the database was written with")
    missing = set(remembered) - set(configured)
    if missing and any(kind.count_under(missing) for kind in sealed_kinds.all_kinds()):
        raise WrongKey(f"Secrets are still encrypted under {sorted(missing)}: add the key, or rotate first")
    if remembered and newest_key() not in remembered:
        raise WrongKey(UNTOLD.format(newest_key(), "no process has known it yet"))
    TokenKey.objects.bulk_create(
        [TokenKey(key_id=key_id, fingerprint=configured[key_id]) for key_id in set(configured) - set(remembered)],
        ignore_conflicts=True,
    )


def keys_that_are_missing() -> list[str]:
    """The keys that the database knows and this process lacks."""
    return list(TokenKey.objects.exclude(key_id__in=key_ids()).values_list("key_id", flat=True))


def check_turn() -> None:
    """Raise WrongKey if a running process lacks the key that seals. Without Redis we cannot know, and go on."""
    try:
        lacking = who_lacks(newest_key())
    except redis.RedisError as error:
        logger.warning("nobody can tell whether all processes know the key that seals", error=type(error).__name__)
        return
    if lacking:
        raise WrongKey(UNTOLD.format(newest_key(), f"these do not know it yet: {', '.join(lacking)}"))


def refuse_wrong_keys() -> None:
    """Exit if the keys are wrong. A database that is away or not migrated is left to the readiness probe."""
    try:
        check_keys()
        check_turn()
        check_identity_keys()
    except WrongKey as error:
        sys.exit(f"CONNECT_TOKEN_KEYS, CONNECT_IDENTITY_KEYS: {error}")
    except (OperationalError, ProgrammingError):
        return
