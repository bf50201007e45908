"""Claims: what a creator says about an account without a provider's word for it."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connect.audit.context import audited
from connect.errors import ApiError, PermissionDenied
from connect.identity.columns import key_columns, same_account
from connect.identity.identity_keys import identity_keys
from connect.moderation.flags import Flag
from connect.moderation.locks import lock_claim
from connect.moderation.standing import Standing, standing_of
from connect.moderation.suspensions import inherit_suspension
from connect.moderation.workflow import Health, InvalidTransition, Level, Status
from connect.signals import resource_claimed


class AlreadyConnected(ApiError):
    status_code = 409
    code = "network_already_connected"
    message = "This network is already connected to your account"
    remedy = (
        "Nothing is to be done if it is the creator's own: show it from the list. Else somebody else has proven it, or "
        "has no other way to sign in."
    )


class LimitReached(ApiError):
    status_code = 403
    code = "network_limit_reached"
    message = "Maximum number of networks reached"
    remedy = "Let the creator disconnect one first."

    def __init__(self, noun: str = "network") -> None:
        self.code = f"{noun}_limit_reached"
        super().__init__(f"Maximum number of {noun}s reached")


def submit_claim(model: Any, *, user: Any, network: str, external_id: str, url: str, **claim: Any) -> Any:
    """Record a claim as pending, or put the creator's earlier record of that account before staff again.

    Which account that is its identity keys say: whoever spells it otherwise means the same one.
    Raises AlreadyConnected for an accepted record, PermissionDenied for a suspended one (also one that was suspended
    when it was disconnected) and LimitReached.
    """
    keys = identity_keys(network, [external_id, url])
    named = {"external_id": external_id, "url": url, **key_columns(keys)}
    with transaction.atomic():
        lock_claim(model, user.pk, network, keys)
        found = standing_of(model, user.pk, network, keys, external_id=external_id)
        if found.own:
            resource, *others = _own_records(model, user, network, external_id, keys)
            _claim_again(resource, user, found, **named, **claim)
            _end_doubles(resource, others)
        else:
            resource = _first_claim(model, user, found, network=network, **named, **claim)
        if found.suspended_by_name:
            inherit_suspension(resource, keys=keys, external_id=external_id)
        if not found.is_plain:  # the record may have other names than it was claimed by, and be suspended by now
            found = standing_of(model, user.pk, network, resource.identity_keys, external_id=external_id)
        _flag_for_staff(resource, found)
        accept_by_policy(resource, Level.NONE)
        resource_claimed.send(sender=model, resource=resource)
    return resource


def accept_by_policy(resource: Any, level: Level) -> None:
    """Accept a pending record if the setting is content with that level of proof, and no flag asks for staff.

    Whether CONNECT_REVIEW_AGAIN names it or not, what was suspended as a claim is for staff.
    """
    if resource.status != Status.PENDING or not level.reaches(settings.CONNECT_AUTO_ACCEPT_LEVEL):
        return
    unflagged = ~Q(flags__overlap=[*settings.REVIEW_AGAIN, Flag.SUSPENDED_AS_CLAIM])
    with suppress(InvalidTransition):
        resource.transition("accept_automatically", by=None, reason=f"proof level {level}", where=unflagged)


def _own_records(model: Any, user: Any, network: str, external_id: str, keys: list[str]) -> list[Any]:
    """The creator's records of that account: a suspended one before all, else there were a way out; then live ones.

    One under the very same id is that account too, whatever its URL says. There are several if two were claimed that
    the creator now says are one; what was decided or proven then stays as it is.
    """
    same = Q(external_id=external_id, network=network) | same_account(network, keys)
    found = list(model.objects.owned_by(user).filter(same).order_by("-pk"))

    def precedence(row: Any) -> tuple[bool, ...]:
        is_settled = row.status == Status.ACCEPTED or row.verified
        return (
            not row.is_suspended,
            row.status == Status.DISCONNECTED,
            not is_settled,
            row.external_id != external_id,
        )

    return sorted(found, key=precedence)


def _end_doubles(resource: Any, others: list[Any]) -> None:
    """Leave the creator one record of an account that they claimed under two names, now that they say it is one."""
    keys = {*resource.identity_keys}
    for other in others:
        if not other.verified and other.status in (Status.PENDING, Status.REJECTED) and keys & {*other.identity_keys}:
            other.disconnect(by=None, reason=f"The same account as #{resource.pk}")


def check_limit(model: Any, found: Standing) -> None:
    """Raise LimitReached if one more live record is too many."""
    if found.live >= model.limit():
        raise LimitReached(model.shape.noun)


def _first_claim(model: Any, user: Any, found: Standing, **claim: Any) -> Any:
    check_limit(model, found)
    with audited(action="submit", by=user):
        return model.objects.create(user=user, **_claimed(claim))


def _claim_again(resource: Any, user: Any, found: Standing, **claim: Any) -> None:
    if resource.status == Status.ACCEPTED:
        raise AlreadyConnected(f"This {resource.shape.noun} is already connected to your account")
    if resource.is_suspended:
        raise PermissionDenied.to(resource.shape.noun)
    if resource.status in (Status.REJECTED, Status.DISCONNECTED):
        check_limit(type(resource), found)
    changes = {} if resource.verified else _claimed(claim)
    if resource.status == Status.DISCONNECTED:
        changes |= {"verified": False, "verification_level": Level.NONE, "health": Health.NONE, "disconnected_from": ""}
    resource.transition("resubmit", by=user, **changes)


def _claimed(claim: dict[str, Any]) -> dict[str, Any]:
    """A claimed count says so, and since when."""
    count = claim.get("followers")
    told = {"claimed_followers": count, "followers": count}
    if count is None:
        return claim | told | {"followers_source": "", "followers_as_of": None}
    return claim | told | {"followers_source": "claimed", "followers_as_of": timezone.now()}


def _flag_for_staff(resource: Any, found: Standing) -> None:
    """Say who else claims or has proven the account, and whether the creator was suspended before."""
    if found.proven_elsewhere:
        resource.raise_flag(Flag.PROVEN_BY_OTHER)
    elif found.proven_elsewhere is not None:
        same = type(resource).objects.claims_on(resource.network, resource.identity_keys)
        same.exclude(user_id=resource.user_id).raise_flag(Flag.SHARED_IDENTITY, hearsay=True)
        resource.raise_flag(Flag.SHARED_IDENTITY)
    if found.suspended_before:
        resource.raise_flag(Flag.SUSPENDED_BEFORE)
