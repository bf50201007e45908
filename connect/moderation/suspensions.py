"""An account that is suspended is suspended in everybody's hands: which record follows which, and until when.

A record whose suspension is inherited is suspended only because another one is, which staff suspended. Proofs go by the
provider's id, claims by the account's names: what somebody says about a name is nothing against whom a proof shows to
have it, but staff look at that. See docs/operations.md, "Suspensions".
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

HEARSAY = Q(status_reason=INHERITED, provider_uid=None)
"""A claim that is only suspended because another one of that name is."""
IS_HEARSAY = f"(provider_uid IS NULL AND status_reason = '{INHERITED}')"
"""The same in SQL."""
LIFTED = "The suspension that it was inherited from was taken back"
PROVEN = "A proof shows that its suspension was of a name, not of the account"


def inherit_suspension(resource: Any, **identity: Any) -> None:
    """An account under suspension is suspended in everybody's hands: claiming or proving it again changes nothing."""
    same = type(resource).objects.suspended_identity(network=resource.network, **identity).exclude(pk=resource.pk)
    if resource.status in (Status.PENDING, Status.ACCEPTED) and same.exists() and not _is_decided(resource, same):
        resource.transition("suspend", by=None, reason=INHERITED)


def settle_suspension(resource: Any, keys: Iterable[str]) -> None:
    """Follow what is decided about the account that was proven just now, which has these names.

    One that is suspended by its id is suspended here. If only a claim to one of its names is, or this record was only
    because of such a claim, staff are to decide.
    """
    if resource.inherits_suspension and not _follows_another(resource):
        _release(resource, PROVEN)
        resource.raise_flag(Flag.SUSPENDED_AS_CLAIM)
    inherit_suspension(resource, provider_uid=resource.provider_uid)
    if resource.status == Status.PENDING and _is_suspended_as_claim(resource, keys):
        resource.raise_flag(Flag.SUSPENDED_AS_CLAIM)


def suspend_namesakes(model: Any, ids: list[int]) -> None:
    """Suspend what else is live of accounts that were suspended just now: claims by claims, proofs by proofs."""
    named = list(model.objects.filter(pk__in=ids).only("network", *key_columns([]), "provider_uid"))
    found: set[int] = set()
    for network in {row.network for row in named}:
        rows = [row for row in named if row.network == network]
        live = model.objects.filter(network=network, status__in=(Status.PENDING, Status.ACCEPTED))
        same = same_account(network, chain(*(row.identity_keys for row in rows)))
        found.update(live.filter(same).values_list("pk", flat=True))
        uids = [row.provider_uid for row in rows if row.provider_uid]
        found.update(live.filter(provider_uid__in=uids).values_list("pk", flat=True))
    for row in model.objects.filter(pk__in=found - set(ids)).order_by("pk"):
        inherit_suspension(row, **({"provider_uid": row.provider_uid} if row.verified else {"keys": row.identity_keys}))


def lift_inherited(model: Any, ids: list[int]) -> None:
    """Put back before staff what was suspended only because these were, which were reinstated just now."""
    for row in model.objects.filter(pk__in=ids).order_by("pk"):
        heirs = model.objects.suspended().named_like(row).filter(status_reason=INHERITED).exclude(pk=row.pk)
        lifted = [heir for heir in heirs.order_by("pk") if not _follows_another(heir)]
        for heir in lifted:
            _lift(heir)
        lift_inherited(model, [heir.pk for heir in lifted if heir.provider_uid])  # by whose names others were


def lift_by_lost_names(resource: Any, keys: Iterable[str]) -> None:
    """Put back before staff what was suspended by these names of a suspended record, which are not its own any more.

    A proof showed that the record is of another account than the one that was claimed.
    """
    heirs = type(resource).objects.suspended().filter(same_account(resource.network, keys), status_reason=INHERITED)
    for heir in heirs.exclude(pk=resource.pk).order_by("pk"):
        if not _follows_another(heir):
            _lift(heir)


def _is_decided(resource: Any, same: Any) -> bool:
    """Whether staff reinstated it, as the account that it still is, after all of those were suspended."""
    reinstated = resource.events.filter(pgh_context__metadata__action="reinstate", provider_uid=resource.provider_uid)
    decided = reinstated.order_by("pgh_id").last() if resource.status == Status.ACCEPTED else None
    if decided is None:
        return False
    moment = max(decided.pgh_created_at, resource.suspended_at or decided.pgh_created_at)
    return not same.filter(suspended_at__gt=moment).exists()


def _follows_another(resource: Any) -> bool:
    """Whether another record is why this one is suspended: a proof by its id, a claim by its names as well."""
    if (by_id := _is_suspended_by_id(resource)) or resource.verified:
        return by_id
    others = type(resource).objects.exclude(pk=resource.pk)
    names = {"keys": resource.identity_keys, "external_id": resource.external_id}
    named = others.suspended_identity(network=resource.network, **names)
    # two that follow a third one are no reason for each other
    return any(not other.inherits_suspension or _is_suspended_by_id(other) for other in named)


def _is_suspended_by_id(resource: Any) -> bool:
    others, uid = type(resource).objects.exclude(pk=resource.pk), resource.provider_uid
    return bool(uid) and others.suspended_identity(network=resource.network, provider_uid=uid).exists()


def _is_suspended_as_claim(resource: Any, keys: Iterable[str]) -> bool:
    named = {*keys, *resource.identity_keys}
    same = type(resource).objects.suspended_identity(network=resource.network, keys=named)
    return bool(same.filter(provider_uid=None).exclude(pk=resource.pk).exists())


def _release(resource: Any, why: str) -> bool:
    """Put it back before staff; False if it was upheld in this moment, and is no longer only inherited, or is gone."""
    with suppress(InvalidTransition):
        resource.transition("release", by=None, reason=why, where=Q(status_reason=INHERITED))
        return True
    return False


def _lift(heir: Any) -> None:
    """Take back what it inherited, also if its creator disconnects it at this very moment."""
    if heir.status == Status.SUSPENDED and _release(heir, LIFTED):
        return
    if heir.external_id.startswith(ERASED):
        heir.delete()  # of an erased account, of which nothing else was left
        return
    left = type(heir).objects.filter(pk=heir.pk, status=Status.DISCONNECTED, status_reason=INHERITED)
    with audited(action="release", by=None, reason=LIFTED):
        left.update(disconnected_from=Status.PENDING, status_reason="", suspended_at=None)
