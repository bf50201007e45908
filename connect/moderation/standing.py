"""What is known of an account and its creator before a claim or proof is written, in one query.

Built one by one through the ORM, these queries took five times as long as PostgreSQL needs to answer them. The result
only rules out what need not be looked at: any other case is read and written through the ORM, as everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from connect.database.prepared import prepared
from connect.identity.erased import erased_forms
from connect.identity.identity_keys import spellings
from connect.moderation.kinds import kinds
from connect.moderation.suspensions import INHERITED_BY_NAME_SQL
from connect.moderation.workflow import LIVE

NAMED = "network = %(network)s AND (identity_key = ANY(%(names)s) OR other_identity_key = ANY(%(names)s))"
"""The same as `same_account`. NAMED_OR_ERASED also finds what is left of erased accounts."""
NAMED_OR_ERASED = NAMED.replace("%(names)s", "%(names_or_erased)s")
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
    EXISTS (SELECT 1 FROM {{table}}
            WHERE {NAMED_OR_ERASED} AND {SUSPENDED} AND NOT {INHERITED_BY_NAME_SQL}),
    EXISTS (SELECT 1 FROM {{table}} WHERE network = %(network)s AND provider_uid = ANY(%(uids)s) AND {SUSPENDED}),
    {{suspended_before}}
"""
SUSPENDED_BEFORE = f"""
    EXISTS (SELECT 1 FROM {{table}}
            WHERE user_id = %(user)s AND suspended_at IS NOT NULL AND NOT {INHERITED_BY_NAME_SQL})
"""


@dataclass(frozen=True)
class Standing:
    own: list[int]
    """The creator's records with an id or name of this account, in any status."""
    live: int
    """How many live records of that kind the creator has."""
    held_elsewhere: bool
    """Whether somebody else has proven the account by its provider's id."""
    proven_elsewhere: bool | None
    """Whether somebody else has proven an account of that name; None if nobody else has a record of it."""
    suspended_by_name: bool
    """Whether a record of that name is suspended, or was when it was disconnected."""
    suspended_by_id: bool
    suspended_before: bool
    """Whether any record of the creator was ever suspended, except for a suspension inherited by name."""

    @property
    def is_plain(self) -> bool:
        """Whether only the creator's limit can prevent a first record of the account."""
        return not (self.own or self.held_elsewhere or self.suspended_by_name or self.suspended_by_id)


def standing_of(
    model: Any, user_id: int, network: str, keys: Iterable[str], *, external_id: str, uid: str = ""
) -> Standing:
    """Read the standing. It is exact only while the creator and the account's names are locked (`lock_claim`)."""
    names = spellings(network, keys)
    erased_names = [form for name in (*names, external_id) for form in erased_forms(network, name)]
    parameters = {
        "user": user_id,
        "network": network,
        "external_id": external_id,
        "uid": uid or None,
        "uids": [uid, *erased_forms(network, uid)] if uid else [],
        "names": names,
        "names_or_erased": [*names, *erased_names],
        "live": [*map(str, LIVE)],
    }
    return Standing(*prepared(_sql(model), parameters)[0])


@cache
def _sql(model: Any) -> str:
    conditions = [SUSPENDED_BEFORE.format(table=kind._meta.db_table) for kind in kinds().values()]
    return STANDING.format(table=model._meta.db_table, suspended_before=" OR ".join(conditions))
