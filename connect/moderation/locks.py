"""The order of locks: first the people, by id, then an account's names, then its provider's id."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model

from connect.database.advisory_locks import SUSPENSIONS, claim_locks, identity_lock, lock_claims
from connect.database.prepared import prepared
from connect.errors import InvalidAccessToken
from connect.identity.identity_keys import spellings

LOCK_CLAIM = f"""
SELECT people.may, lock.taken FROM (
    SELECT bool_or(id = %(user)s AND is_active) AS may FROM (
        SELECT id, is_active FROM connect_user
        WHERE id = ANY(%(user)s::bigint || ARRAY(
            SELECT user_id FROM {{table}}
            WHERE network = %(network)s AND provider_uid = %(uid)s AND verified AND status <> 'disconnected'))
        ORDER BY id FOR NO KEY UPDATE) AS each
) AS people LEFT JOIN LATERAL (
    SELECT pg_advisory_xact_lock_shared({SUSPENSIONS}) AS taken WHERE people.may
    UNION ALL
    SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%(locks)s::text[]) AS name WHERE people.may
) AS lock ON true
"""
"""All locks in one statement, each taken after those before it; for a closed account only the people are locked."""


def lock_claim(model: Any, user_id: int, network: str, keys: Iterable[str], *, uid: str = "") -> None:
    """Lock a creator, the account that they claim or prove (then `uid` is its provider's id), and its present owner.

    Concurrent claims and proofs then follow each other, and nobody is suspended meanwhile. Raises InvalidAccessToken if
    the creator's account was closed or erased.
    """
    locks = claim_locks(_kind(model, network), spellings(network, keys))
    locks += [identity_lock(network, uid)] if uid else []
    parameters = {"user": user_id, "network": network, "uid": uid or None, "locks": locks}
    if not prepared(LOCK_CLAIM.format(table=model._meta.db_table), parameters)[0][0]:
        raise InvalidAccessToken


def lock_account(model: Any, network: str, keys: Iterable[str]) -> None:
    """Serialise claims and proofs of an account that has one of these keys, to the end of the transaction."""
    lock_claims(_kind(model, network), spellings(network, keys))


def lock_user(user_id: int) -> None:
    """Serialise what one user connects, claims and disconnects, to the end of the transaction."""
    if not prepared("SELECT 1 FROM connect_user WHERE id = %s FOR NO KEY UPDATE", [user_id]):
        raise get_user_model().DoesNotExist


def lock_creator(user_id: int) -> None:
    """Lock a user who is to be erased; raises InvalidAccessToken if the account was closed or erased meanwhile."""
    users = get_user_model()._default_manager.select_for_update(no_key=True).filter(pk=user_id)
    if not any(users.values_list("is_active", flat=True)):
        raise InvalidAccessToken


def _kind(model: Any, network: str) -> str:
    return f"{network}:{model.shape.noun}"
