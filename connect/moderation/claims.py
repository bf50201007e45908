"""Claims: records of accounts that a creator says are theirs, without proof from the provider."""

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

    Identity keys say which account it is, however its URL or id is spelled. Raises AlreadyConnected for an accepted
    record, PermissionDenied for a suspended one (also one that was suspended when it was disconnected), LimitReached.
    """
    keys = identity_keys(network, [external_id, url])
    named = {"external_id": external_id, "url": url, **key_columns(keys)}
    with transaction.atomic():
        lock_claim(model, user.pk, network, keys)
        standing = standing_of(model, user.pk, network, keys, external_id=external_id)
        if standing.own:
            resource, *doubles = _own_records(model, user, network, external_id, keys)
            _claim_again(resource, user, standing, **named, **claim)
            _end_doubles(resource, doubles)
        else:
            resource = _first_claim(model, user, standing, network=network, **named, **claim)
        if standing.suspended_by_name:
            inherit_suspension(resource, keys=keys, external_id=external_id)
        if not standing.is_plain:  # by now the record may have further names, or be suspended
            standing = standing_of(model, user.pk, network, resource.identity_keys, external_id=external_id)
        _flag_for_staff(resource, standing)
        accept_by_policy(resource, Level.NONE)
        resource_claimed.send(sender=model, resource=resource)
    return resource


def accept_by_policy(resource: Any, level: Level) -> None:
    """Accept a pending record if its proof reaches CONNECT_AUTO_ACCEPT_LEVEL and no flag needs staff.

    Those flags are the ones that CONNECT_REVIEW_AGAIN names, and always SUSPENDED_AS_CLAIM.
    """
    if resource.status != Status.PENDING or not level.reaches(settings.CONNECT_AUTO_ACCEPT_LEVEL):
        return
    unflagged = ~Q(flags__overlap=[*settings.REVIEW_AGAIN, Flag.SUSPENDED_AS_CLAIM])
    with suppress(InvalidTransition):
        resource.transition("accept_automatically", by=None, reason=f"proof level {level}", where=unflagged)


def _own_records(model: Any, user: Any, network: str, external_id: str, keys: list[str]) -> list[Any]:
    """The creator's records of that account, the one to claim again first: a suspended one, so that none is evaded.

    After it come live records, and settled ones before others. A record with the same id is of that account, whatever
    its URL. There are several if the creator claimed two accounts and this claim says that they are one.
    """
    same = Q(external_id=external_id, network=network) | same_account(network, keys)
    records = list(model.objects.owned_by(user).filter(same).order_by("-pk"))

    def precedence(row: Any) -> tuple[bool, ...]:
        is_settled = row.status == Status.ACCEPTED or row.verified
        return (
            not row.is_suspended,
            row.status == Status.DISCONNECTED,
            not is_settled,
            row.external_id != external_id,
        )

    return sorted(records, key=precedence)


def _end_doubles(resource: Any, doubles: list[Any]) -> None:
    """Disconnect undecided claims of the same account that were made under another name."""
    keys = {*resource.identity_keys}
    for double in doubles:
        if (
            not double.verified
            and double.status in (Status.PENDING, Status.REJECTED)
            and keys & {*double.identity_keys}
        ):
            double.disconnect(by=None, reason=f"The same account as #{resource.pk}")


def check_limit(model: Any, standing: Standing) -> None:
    """Raise LimitReached if the creator may have no further live record."""
    if standing.live >= model.limit():
        raise LimitReached(model.shape.noun)


def _first_claim(model: Any, user: Any, standing: Standing, **claim: Any) -> Any:
    check_limit(model, standing)
    with audited(action="submit", by=user):
        return model.objects.create(user=user, **_claimed(claim))


def _claim_again(resource: Any, user: Any, standing: Standing, **claim: Any) -> None:
    if resource.status == Status.ACCEPTED:
        raise AlreadyConnected(f"This {resource.shape.noun} is already connected to your account")
    if resource.is_suspended:
        raise PermissionDenied.to(resource.shape.noun)
    if resource.status in (Status.REJECTED, Status.DISCONNECTED):
        check_limit(type(resource), standing)
    changes = {} if resource.verified else _claimed(claim)
    if resource.status == Status.DISCONNECTED:
        changes |= {"verified": False, "verification_level": Level.NONE, "health": Health.NONE, "disconnected_from": ""}
    resource.transition("resubmit", by=user, **changes)


def _claimed(claim: dict[str, Any]) -> dict[str, Any]:
    """The claim's columns, with the source and time of a claimed count."""
    count = claim.get("followers")
    counts = {"claimed_followers": count, "followers": count}
    if count is None:
        return claim | counts | {"followers_source": "", "followers_as_of": None}
    return claim | counts | {"followers_source": "claimed", "followers_as_of": timezone.now()}


def _flag_for_staff(resource: Any, standing: Standing) -> None:
    """Flag for staff that somebody else claims or has proven the account, and that the creator was suspended before."""
    if standing.proven_elsewhere:
        resource.raise_flag(Flag.PROVEN_BY_OTHER)
    elif standing.proven_elsewhere is not None:
        same = type(resource).objects.claims_on(resource.network, resource.identity_keys)
        same.exclude(user_id=resource.user_id).raise_flag(Flag.SHARED_IDENTITY, claim_only=True)
        resource.raise_flag(Flag.SHARED_IDENTITY)
    if standing.suspended_before:
        resource.raise_flag(Flag.SUSPENDED_BEFORE)
