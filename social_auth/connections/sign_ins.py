"""Which user a provider's account signs in. Connecting may add a sign-in, and never moves one: see docs/sign-in.md."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT, EmailVerificationMethod
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.utils import timezone

from connect.database.advisory_locks import lock_identity
from connect.database.prepared import prepared
from connect.events.catalogue import SignInEvent
from connect.moderation.claims import AlreadyConnected
from connect.moderation.workflow import Level
from social_auth.connections.sign_in_news import report, report_once_a_day
from social_auth.providers.base import Adapter
from social_auth.providers.records import Proof

IN_USE_ELSEWHERE = "This network is already connected to another account"

NEW_FOR = timedelta(days=7)
SIGNS_IN = "SELECT 1 FROM socialaccount_socialaccount WHERE provider = %s AND uid = %s"
"""Whether an account signs anybody in: one that is connected for the first time does not."""


class OnlyWayIn(AlreadyConnected):
    """The account signs in another user, who has no other way to sign in."""

    def __init__(self, sign_in: SocialAccount) -> None:
        self.sign_in = sign_in
        super().__init__(IN_USE_ELSEWHERE)


def lock_sign_in(provider_id: str, uid: str) -> None:
    """Let one transaction at a time make, move or use the sign-in by that account. Take it before locking any user."""
    lock_identity(f"sign-in:{provider_id}", uid)


def sign_in_of(provider_id: str, uid: str) -> SocialAccount | None:
    """The sign-in by that account, with its user; None if there is none."""
    return SocialAccount.objects.filter(provider=provider_id, uid=uid).select_related("user").first()


def is_only_way_in(sign_in: SocialAccount) -> bool:
    """Whether its user has neither a password nor another account that is known to be theirs.

    In production a password counts only with a verified address, as it signs nobody in otherwise.
    """
    user = sign_in.user
    addresses = EmailAddress.objects.filter(user_id=user.pk)
    if app_settings.EMAIL_VERIFICATION == EmailVerificationMethod.MANDATORY:
        addresses = addresses.filter(verified=True)
    if user.has_usable_password() and addresses.exists():
        return False
    other_sign_ins = SocialAccount.objects.filter(user_id=user.pk).exclude(pk=sign_in.pk).select_related("user")
    return not any(map(proves_its_person, other_sign_ins))


def proves_its_person(sign_in: SocialAccount) -> bool:
    """Whether signing in by it proves that it is the user: not in its first week, unless they signed up by it.

    An intruder with a session of theirs could add a sign-in by connecting an account of the intruder's own.
    """
    signing_up_ends = sign_in.user.date_joined + timedelta(seconds=REAUTHENTICATION_TIMEOUT)
    return sign_in.date_joined <= max(signing_up_ends, timezone.now() - NEW_FOR)


def lock_known_sign_in(user: Any, adapter: Adapter, uid: str) -> SocialAccount | None:
    """Lock and return the sign-in by an account that this user connects; raises OnlyWayIn of another user."""
    if not uid:
        return None
    lock_sign_in(adapter.provider_id, uid)
    if not prepared(SIGNS_IN, [adapter.provider_id, uid]):
        return None
    sign_in = sign_in_of(adapter.provider_id, uid)
    if sign_in and sign_in.user_id != user.pk and is_only_way_in(sign_in):
        raise OnlyWayIn(sign_in)
    return sign_in


def update_sign_in(
    user: Any, adapter: Adapter, proof: Proof, sign_in: SocialAccount | None, *, may_begin: bool = True
) -> None:
    """Let the account sign this user in, if it is proven for our app and signs in nobody yet; report to its user."""
    if sign_in and sign_in.user_id != user.pk:
        report_once_a_day(sign_in, SignInEvent.CONNECTED_ELSEWHERE, adapter.network)
    elif proof.level != Level.APP or not proof.account_uid:
        return
    elif sign_in:
        SocialAccount.objects.filter(pk=sign_in.pk).update(extra_data={"name": proof.profile.name})
    elif may_begin and (new := begin_sign_in(user, adapter, proof)):
        report(user, new, SignInEvent.ADDED, adapter.network)


def begin_sign_in(user: Any, adapter: Adapter, proof: Proof) -> SocialAccount | None:
    """Let the account sign this user in; None if a sign-up by allauth was quicker, and it signs in another user."""
    named = {"provider": adapter.provider_id, "uid": proof.account_uid}
    new = SocialAccount(user=user, extra_data={"name": proof.profile.name}, **named)
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError:
        return SocialAccount.objects.filter(user=user, **named).first()
    return new


def report_attempt(refusal: OnlyWayIn, network: str) -> None:
    """Report to the account's user that somebody else tried to connect it; call it after the rollback."""
    report_once_a_day(refusal.sign_in, SignInEvent.CONTESTED, network)
