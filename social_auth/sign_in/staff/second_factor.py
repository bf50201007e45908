"""The second factor of staff: who needs one, who has shown it, and the sign-in that waits for it.

Nobody is signed in before the code is right: the API would accept a session that has shown the password alone.
"""

from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from connect.models import User

WAITING = "staff_sign_in"
WAITS_FOR = timedelta(minutes=10)


def has_one(user: Any) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def is_needed(user: Any) -> bool:
    return settings.STAFF_SECOND_FACTOR or has_one(user)


def was_shown(request: HttpRequest) -> bool:
    """Whether this session began with a second factor that its owner still has."""
    records = get_authentication_records(request, cast(Any, request.user))
    factors = [record.get("id") for record in records if record["method"] == "mfa"]
    return bool(factors) and bool(Authenticator.objects.filter(user_id=request.user.pk, pk__in=factors).exists())


def remember_password_step(request: HttpRequest, user: User, goes_to: str) -> None:
    """Remember in the session who gave the right password, for long enough to look up a code."""
    until = (timezone.now() + WAITS_FOR).timestamp()
    request.session[WAITING] = {"user": user.pk, "hash": user.get_session_auth_hash(), "until": until, "to": goes_to}


def password_step(request: HttpRequest) -> tuple[User | None, str]:
    """Return the user who has given the password, and the page to go to; None if time is up or the password changed."""
    step = request.session.get(WAITING)
    if not step or step["until"] < timezone.now().timestamp():
        return None, ""
    user = User.objects.filter(pk=step["user"], is_staff=True, is_active=True).first()
    if user is None or not constant_time_compare(step["hash"], user.get_session_auth_hash()):
        return None, ""
    return user, step["to"]


@transaction.atomic
def enrol(user: User, secret: str) -> Authenticator | None:
    """Store the authenticator app's secret, and make recovery codes; None if a device has been added meanwhile."""
    User.objects.select_for_update().get(pk=user.pk)
    if has_one(user):
        return None
    authenticator = TOTP.activate(user, secret).instance
    RecoveryCodes.activate(user)
    transaction.on_commit(lambda: get_adapter().send_notification_mail("mfa/email/totp_activated", user))
    return cast(Authenticator, authenticator)


def sign_in(request: HttpRequest, user: User, authenticator: Authenticator) -> None:
    login(request, user)
    request.session.pop(WAITING, None)
    clear_totp_secret(request)
    post_authentication(request, authenticator)


def new_recovery_codes(user: Any) -> list[str]:
    """Return new recovery codes, once; a second call returns none, as only their owner may have them."""
    authenticator = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    codes = authenticator.wrap() if authenticator else None
    if codes is None or codes.did_view:
        return []
    codes.mark_as_viewed()
    return cast(list[str], codes.get_unused_codes())


def forget(user: User) -> bool:
    """Remove the second factor, as of a lost telephone, and end all sessions; return whether there was one."""
    deleted, _ = Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    return bool(deleted)
