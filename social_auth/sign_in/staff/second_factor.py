"""The second factor of staff: who needs one, who has shown it, and the sign-in that waits for it.

Until the code is right nobody is signed in: a session that knew the password alone would be worth as much to the API.
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

HELD = "staff_sign_in"
HELD_FOR = timedelta(minutes=10)


def has_one(user: Any) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def is_needed(user: Any) -> bool:
    return settings.STAFF_SECOND_FACTOR or has_one(user)


def was_shown(request: HttpRequest) -> bool:
    """Whether this session began with a second factor that its owner still has."""
    records = get_authentication_records(request, cast(Any, request.user))
    shown = [record.get("id") for record in records if record["method"] == "mfa"]
    return bool(shown) and bool(Authenticator.objects.filter(user_id=request.user.pk, pk__in=shown).exists())


def hold(request: HttpRequest, user: User, goes_to: str) -> None:
    """Remember who gave the right password, for as long as looking up a code takes."""
    until = (timezone.now() + HELD_FOR).timestamp()
    request.session[HELD] = {"user": user.pk, "hash": user.get_session_auth_hash(), "until": until, "to": goes_to}


def held(request: HttpRequest) -> tuple[User | None, str]:
    """Return who waits for the second factor, and where to; None once the time is up or the password changed."""
    kept = request.session.get(HELD)
    if not kept or kept["until"] < timezone.now().timestamp():
        return None, ""
    user = User.objects.filter(pk=kept["user"], is_staff=True, is_active=True).first()
    if user is None or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        return None, ""
    return user, kept["to"]


@transaction.atomic
def enrol(user: User, secret: str) -> Authenticator | None:
    """Keep the secret that the authenticator app has shown to know, and make recovery codes.

    None if there is a device by now: a code of another secret says nothing of that one.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if has_one(user):
        return None
    authenticator = TOTP.activate(user, secret).instance
    RecoveryCodes.activate(user)
    transaction.on_commit(lambda: get_adapter().send_notification_mail("mfa/email/totp_activated", user))
    return cast(Authenticator, authenticator)


def sign_in(request: HttpRequest, user: User, authenticator: Authenticator) -> None:
    login(request, user)
    request.session.pop(HELD, None)
    clear_totp_secret(request)
    post_authentication(request, authenticator)


def new_recovery_codes(user: Any) -> list[str]:
    """Return the codes that nobody has looked at yet, once: from then on only their owner has them."""
    found = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    codes = found.wrap() if found else None
    if codes is None or codes.did_view:
        return []
    codes.mark_as_viewed()
    return cast(list[str], codes.get_unused_codes())


def forget(user: User) -> bool:
    """Take the second factor off, as for a lost telephone; return whether there was one. All sessions end."""
    gone, _ = Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    return bool(gone)
