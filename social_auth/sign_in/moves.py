"""Moves a sign-in to another user, by a fresh sign-in at the provider; both get a mail. See docs/sign-in.md."""

from collections.abc import Callable
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone

from connect.database.retries import retried
from connect.errors import ApiError, InvalidAccessToken
from connect.events.catalogue import SignInEvent
from connect.models import User
from social_auth.connections.sign_in_news import report
from social_auth.connections.sign_ins import begin_sign_in, is_only_way_in, lock_sign_in, sign_in_of
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Posted, Proof
from social_auth.sign_in.identification import prove_person
from social_auth.wire import http
from social_auth.wire.outcomes import NotConnectable

SECONDS = 12.0
LOCKED = "The account that it opens is locked"
logger = structlog.get_logger(__name__)


class SignInStays(ApiError):
    status_code = 409
    code = "sign_in_stays"
    message = "This account is the only way into another account here"
    remedy = "Let the person sign in by it, and there verify an e-mail address or erase that account. Then move it."


def move_sign_in(user: Any, network: str, posted: Posted, settled: Callable[[], None]) -> None:
    """Let the account sign in this user, and no other; raises an Outcome or SignInStays. A repeat changes nothing.

    `settled` is called at the end of the transaction that moves it.
    """
    adapter = adapter_for(network)
    if not adapter.configured:
        raise NotConnectable("no keys")
    with http.within(SECONDS):
        proof = prove_person(adapter, posted, user)
    retried(lambda: _settle(user, adapter, proof, settled))


@transaction.atomic
def _settle(user: Any, adapter: Adapter, proof: Proof, settled: Callable[[], None]) -> None:
    lock_sign_in(adapter.provider_id, proof.account_uid)
    before = sign_in_of(adapter.provider_id, proof.account_uid)
    _lock_people(user.pk, before.user_id if before else user.pk)
    sign_in = sign_in_of(
        adapter.provider_id, proof.account_uid
    )  # again, now locked: its user may have been erased meanwhile
    if sign_in is None:
        _begin(user, adapter, proof)
    elif sign_in.user_id != user.pk:
        _move(user, adapter, sign_in, proof)
    settled()


def _lock_people(caller: int, holder: int) -> None:
    """Lock both users in the order of their ids, so that moves of a user's sign-ins happen one after the other.

    Raises InvalidAccessToken if the caller's account was closed meanwhile.
    """
    people = User.objects.select_for_update(no_key=True).filter(pk__in={caller, holder}).order_by("pk")
    if not {person.pk: person.is_active for person in people}[caller]:
        raise InvalidAccessToken


def _begin(user: Any, adapter: Adapter, proof: Proof) -> None:
    if new := begin_sign_in(user, adapter, proof):
        report(user, new, SignInEvent.MOVED_HERE, adapter.network)


def _move(user: Any, adapter: Adapter, sign_in: SocialAccount, proof: Proof) -> None:
    holder = sign_in.user
    if not holder.is_active:
        raise SignInStays(LOCKED)
    if is_only_way_in(sign_in) and not EmailAddress.objects.filter(user=holder, verified=True).exists():
        raise SignInStays
    now_theirs = {"user_id": user.pk, "date_joined": timezone.now(), "extra_data": {"name": proof.profile.name}}
    SocialAccount.objects.filter(pk=sign_in.pk).update(**now_theirs)
    report(holder, sign_in, SignInEvent.MOVED_AWAY, adapter.network)
    report(user, sign_in, SignInEvent.MOVED_HERE, adapter.network)
    logger.info("a sign-in was moved", network=adapter.network, from_user=holder.pk, to_user=user.pk)
