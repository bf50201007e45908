"""Erases an account without the app, by a code mailed to its address; does not reveal whether an account has it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.core import ratelimit

from connect.database.retries import retried
from connect.errors import InvalidAccessToken, RateLimited
from connect.models import User
from social_auth.privacy import erasure
from social_auth.privacy.fresh_proof import WAIT, code_fits, send_code
from social_auth.privacy.models import ErasureReceipt


def ask_for_code(request: Any, email: str) -> None:
    """Mail a code to the address if an account has it; take as long if none has. Raises RateLimited."""
    if not ratelimit.consume(request, action="request_login_code", key=email.lower()):
        raise RateLimited(retry_after=WAIT)
    send_code(_person_of(email), email)


def erase_by_code(request: Any, email: str, code: str) -> ErasureReceipt | None:
    """Close the account with that address and return the receipt; None if the code is wrong. Raises RateLimited."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        raise RateLimited(retry_after=WAIT)
    user = _person_of(email)
    if not code_fits(user, code) or user is None:
        return None
    try:
        return retried(lambda: erasure.close(user))
    except InvalidAccessToken:  # another request closed the account with the same code
        return None


def _person_of(email: str) -> User | None:
    """The user with that verified address; not staff, whose accounts only staff may close."""
    verified = EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
    address = verified.filter(user__is_staff=False).order_by("-primary", "pk").select_related("user").first()
    return address.user if address else None
