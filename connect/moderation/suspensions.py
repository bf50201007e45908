"""Inherited suspensions: an account that staff suspended is suspended for whoever claims or proves it.

A record inherits the suspension of another record of the same account. Proofs are matched by the provider's id, claims
by the account's names: a suspended claim to a name does not suspend its proven owner, but flags the record for staff.
See docs/operations.md, "Suspensions".
"""

from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from typing import Any

from django.db.models import Q

from connect.audit.context import audited
from connect.identity.columns import key_columns, same_account
from connect.identity.identity_keys import ERASED
from connect.moderation.flags import Flag
from connect.moderation.workflow import INHERITED, InvalidTransition, Status

INHERITED_BY_NAME = Q(status_reason=INHERITED, provider_uid=None)
"""A claim that is suspended only because another record of that name is."""
INHERITED_BY_NAME_SQL = f"(provider_uid IS NULL AND status_reason = '{INHERITED}')"
"""The same in SQL."""
LIFTED = "The suspension that it was inherited from was taken back"
PROVEN = "A proof shows that its suspension was of a name, not of the account"


def inherit_suspension(resource: Any, **identity: Any) -> None:
    """Suspend the record if another record of its account is suspended, and staff have not decided otherwise."""
    same = type(resource).objects.suspended_identity(network=resource.network, **identity).exclude(pk=resource.pk)
    if resource.status in (Status.PENDING, Status.ACCEPTED) and same.exists() and not _is_decided(resource, same):
        resource.transition("suspend", by=None, reason=INHERITED)


def settle_suspension(resource: Any, keys: Iterable[str]) -> None:
    """Apply existing suspensions to a record that was proven just now; `keys` are its names.

    A suspension by the provider's id is inherited. If only a claim to one of its names is suspended, or this record was
    suspended only because of such a claim, it is flagged for staff.
    """
    if resource.inherits_suspension and not _follows_another(resource):
        _release(resource, PROVEN)
        resource.raise_flag(Flag.SUSPENDED_AS_CLAIM)
    inherit_suspension(resource, provider_uid=resource.provider_uid)
    if resource.status == Status.PENDING and _is_suspended_as_claim(resource, keys):
        resource.raise_flag(Flag.SUSPENDED_AS_CLAIM)


def suspend_namesakes(model: Any, ids: list[int]) -> None:
    """Suspend the other live records of accounts that were suspended just now: claims by name, proofs by id."""
    suspended = list(model.objects.filter(pk__in=ids).only("network", *key_columns([]), "provider_uid"))
    namesakes: set[int] = set()
    for network in {row.network for row in suspended}:
        rows = [row for row in suspended if row.network == network]
        live = model.objects.filter(network=network, status__in=(Status.PENDING, Status.ACCEPTED))
        same = same_account(network, chain(*(row.identity_keys for row in rows)))
        namesakes.update(live.filter(same).values_list("pk", flat=True))
        uids = [row.provider_uid for row in rows if row.provider_uid]
        namesakes.update(live.filter(provider_uid__in=uids).values_list("pk", flat=True))
    for row in model.objects.filter(pk__in=namesakes - set(ids)).order_by("pk"):
        inherit_suspension(row, **({"provider_uid": row.provider_uid} if row.verified else {"keys": row.identity_keys}))


def lift_inherited(model: Any, ids: list[int]) -> None:
    """Put back before staff the records that inherited their suspension from these, which were reinstated just now."""
    for row in model.objects.filter(pk__in=ids).order_by("pk"):
        heirs = model.objects.suspended().named_like(row).filter(status_reason=INHERITED).exclude(pk=row.pk)
        lifted = [heir for heir in heirs.order_by("pk") if not _follows_another(heir)]
        for heir in lifted:
            _lift(heir)
        lift_inherited(model, [heir.pk for heir in lifted if heir.provider_uid])  # by whose names others were


def lift_by_lost_names(resource: Any, keys: Iterable[str]) -> None:
    """Put back before staff the records that inherited their suspension from this one by names that it lost.

    It loses them when a proof shows that it is of another account than was claimed.
    """
    heirs = type(resource).objects.suspended().filter(same_account(resource.network, keys), status_reason=INHERITED)
    for heir in heirs.exclude(pk=resource.pk).order_by("pk"):
        if not _follows_another(heir):
            _lift(heir)


def _is_decided(resource: Any, same: Any) -> bool:
    """Whether staff reinstated it, for the same account, after all of `same` were suspended."""
    reinstated = resource.events.filter(pgh_context__metadata__action="reinstate", provider_uid=resource.provider_uid)
    decided = reinstated.order_by("pgh_id").last() if resource.status == Status.ACCEPTED else None
    if decided is None:
        return False
    moment = max(decided.pgh_created_at, resource.suspended_at or decided.pgh_created_at)
    return not same.filter(suspended_at__gt=moment).exists()


def _follows_another(resource: Any) -> bool:
    """Whether it still inherits its suspension from some record: a proof by its id, a claim also by its names."""
    if (by_id := _is_suspended_by_id(resource)) or resource.verified:
        return by_id
    other_records = type(resource).objects.exclude(pk=resource.pk)
    names = {"keys": resource.identity_keys, "external_id": resource.external_id}
    named = other_records.suspended_identity(network=resource.network, **names)
    # two records that inherit from a third are no reason for each other
    return any(not record.inherits_suspension or _is_suspended_by_id(record) for record in named)


def _is_suspended_by_id(resource: Any) -> bool:
    other_records, uid = type(resource).objects.exclude(pk=resource.pk), resource.provider_uid
    return bool(uid) and other_records.suspended_identity(network=resource.network, provider_uid=uid).exists()


def _is_suspended_as_claim(resource: Any, keys: Iterable[str]) -> bool:
    named = {*keys, *resource.identity_keys}
    same = type(resource).objects.suspended_identity(network=resource.network, keys=named)
    return bool(same.filter(provider_uid=None).exclude(pk=resource.pk).exists())


def _release(resource: Any, why: str) -> bool:
    """Put it back before staff; False if it is gone, or staff upheld the suspension meanwhile."""
    with suppress(InvalidTransition):
        resource.transition("release", by=None, reason=why, where=Q(status_reason=INHERITED))
        return True
    return False


def _lift(heir: Any) -> None:
    """Lift an inherited suspension, also of a record that its creator disconnects at the same time."""
    if heir.status == Status.SUSPENDED and _release(heir, LIFTED):
        return
    if heir.external_id.startswith(ERASED):
        heir.delete()  # an erased account's record was kept only for its suspension
        return
    disconnected = type(heir).objects.filter(pk=heir.pk, status=Status.DISCONNECTED, status_reason=INHERITED)
    with audited(action="release", by=None, reason=LIFTED):
        disconnected.update(disconnected_from=Status.PENDING, status_reason="", suspended_at=None)
