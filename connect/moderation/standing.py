"""How an account and its creator stand before a claim or proof is written: all that decides about it, in one query.

Asked one by one through the ORM, building these questions cost five times what PostgreSQL needs to answer them. What is
found here only says what is to be looked at: whatever is not the plain case is asked for, and written, as everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from connect.database.prepared import prepared
from connect.identity.erased import erased_forms
from connect.identity.identity_keys import spellings
from connect.moderation.kinds import kinds
from connect.moderation.suspensions import IS_HEARSAY
from connect.moderation.workflow import LIVE

NAMED = "network = %(network)s AND (identity_key = ANY(%(names)s) OR other_identity_key = ANY(%(names)s))"
"""As `same_account`; with `left`, what is left of erased accounts too."""
NAMED_OR_LEFT = NAMED.replace("%(names)s", "%(left)s")
SUSPENDED = "(status = 'suspended' OR (status = 'disconnected' AND disconnected_from = 'suspended'))"
STANDING = f"""
SELECT
    ARRAY(SELECT id FROM {{table}} WHERE user_id = %(user)s AND network = %(network)s
          AND (external_id = %(external_id)s OR provider_uid = %(uid)s
               OR identity_key = ANY(%(names)s) OR other_identity_key = ANY(%(names)s))),
    (SELECT count(*) FROM {{table}} WHERE user_id = %(user)s AND status = ANY(%(live)s)),
    EXISTS (SELECT 1 FROM {{table}} WHERE network = %(network)s AND provider_uid = %(uid)s AND verified
            AND status <> 'disconnected' AND user_id <> %(user)s),
    (SELECT bool_or(verified) FROM {{table}} WHERE {NAMED} AND status <> 'disconnected' AND user_id <> %(user)s),
    EXISTS (SELECT 1 FROM {{table}} WHERE {NAMED_OR_LEFT} AND {SUSPENDED} AND NOT {IS_HEARSAY}),
    EXISTS (SELECT 1 FROM {{table}} WHERE network = %(network)s AND provider_uid = ANY(%(uids)s) AND {SUSPENDED}),
    {{suspended_before}}
"""
SUSPENDED_BEFORE = f"""
    EXISTS (SELECT 1 FROM {{table}} WHERE user_id = %(user)s AND suspended_at IS NOT NULL AND NOT {IS_HEARSAY})
"""


@dataclass(frozen=True)
class Standing:
    own: list[int]
    """The creator's records that may be of this account, by its ids and names, whatever became of them."""
    live: int
    """How many records of that kind the creator has."""
    held_elsewhere: bool
    """Whether somebody else has proven the account by its provider's id."""
    proven_elsewhere: bool | None
    """Whether somebody else has proven an account of that name; None if nobody else says that it is theirs."""
    suspended_by_name: bool
    """Whether a record of that name is suspended, or was when it was disconnected."""
    suspended_by_id: bool
    suspended_before: bool
    """Whether a record of the creator was ever suspended, of whatever kind, other than by hearsay."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the creator's limit stands against a first record of the account."""
        return not (self.own or self.held_elsewhere or self.suspended_by_name or self.suspended_by_id)


def standing_of(
    model: Any, user_id: int, network: str, keys: Iterable[str], *, external_id: str, uid: str = ""
) -> Standing:
    """Ask how they stand. Exact only while the creator and the account's names are locked (`lock_claim`)."""
    names = spellings(network, keys)
    left = [form for name in (*names, external_id) for form in erased_forms(network, name)]
    asked = {
        "user": user_id,
        "network": network,
        "external_id": external_id,
        "uid": uid or None,
        "uids": [uid, *erased_forms(network, uid)] if uid else [],
        "names": names,
        "left": [*names, *left],
        "live": [*map(str, LIVE)],
    }
    return Standing(*prepared(_sql(model), asked)[0])


@cache
def _sql(model: Any) -> str:
    each = [SUSPENDED_BEFORE.format(table=kind._meta.db_table) for kind in kinds().values()]
    return STANDING.format(table=model._meta.db_table, suspended_before=" OR ".join(each))
