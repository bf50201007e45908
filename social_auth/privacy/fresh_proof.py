"""Asks for a fresh proof of identity before an erasure, which cannot be undone: the session may be stolen."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core import ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare

from connect.errors import ApiError, RateLimited, ValidationFailed
from connect.models import User
from social_auth.connections.credential_input import CredentialInput
from social_auth.connections.sign_ins import proves_its_person, sign_in_of
from social_auth.notices.mail import verified_address_of
from social_auth.providers.adapters import adapter_for
from social_auth.sign_in.adapters import posted_credential
from social_auth.sign_in.identification import prove_person
from social_auth.wire import http
from social_auth.wire.outcomes import NotConnectable, Outcome
from social_auth.wire.signed_tokens import issued_at

CREDENTIAL = tuple(CredentialInput().fields)
SECONDS = 12.0
WAIT = 60
CODE_SECONDS = 15 * 60
"""How long a mailed code is valid; a mail may take minutes."""
STALE = (
    "A token may be weeks old and somebody else's by now: sign in at the provider again, and send the `code`, or "
    "Google's `id_token` within five minutes"
)
TOO_NEW = "This account has signed you in for less than seven days: prove that it is you in another way"
NO_ADDRESS = (
    "No e-mail address of the account is verified: prove that it is you by `password`, or by `network` with "
    "the `code` of a new sign-in at an account that signs you in"
)


class FreshProofRequired(ApiError):
    status_code = 403
    code = "fresh_proof_required"
    message = "Prove that it is you"
    remedy = (
        "Send `password`, or `network` with the `code` (or Google's `id_token`, within five minutes) of a new sign-in "
        "at an account that signs the creator in, or the `mailed_code` that `/api/account/erase/code/` mails to a "
        "verified address. `field` names the one that was sent and does not fit."
    )


def require_fresh_proof(request: Any, user: User, body: dict[str, Any]) -> None:
    """Raise FreshProofRequired unless the body's one proof (password, mailed code or provider) is that user's."""
    proofs = [name for name in ("password", "mailed_code", "network") if body.get(name)]
    if not proofs:
        raise FreshProofRequired
    if len(proofs) > 1:
        raise ValidationFailed("One proof is enough", field=proofs[1])
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        raise RateLimited(retry_after=WAIT)
    check = {"password": _by_password, "mailed_code": _by_mailed_code, "network": _by_provider}[proofs[0]]
    if not check(user, body):
        raise FreshProofRequired("That does not prove that it is you", field=proofs[0])


def mail_code(request: Any, user: User) -> None:
    """Mail a code for `require_fresh_proof`; raises ValidationFailed if no address of the account is verified."""
    address = verified_address_of(user)
    if not address:
        raise ValidationFailed(NO_ADDRESS, field="body")
    if not ratelimit.consume(request, action="request_login_code", key=address):
        raise RateLimited(retry_after=WAIT)
    send_code(user, address)


def forget_code(user: User) -> None:
    """Delete a code that was mailed to an account which is closed."""
    cache.delete(MailedCode.place_of(user))


def _by_password(user: User, body: dict[str, Any]) -> bool:
    return user.has_usable_password() and user.check_password(body["password"])


def _by_mailed_code(user: User, body: dict[str, Any]) -> bool:
    return code_fits(user, body["mailed_code"])


def send_code(user: User | None, address: str) -> None:
    """Mail a code that `code_fits` accepts once. Without a user, do the same work except the mail."""
    process = MailedCode(MailedCode.initial_state(user), user, address if user else "")
    process.send()
    process.persist()


def code_fits(user: User | None, code: str) -> bool:
    """Whether it is the code that was mailed last, which is then used up. Without a user no code fits."""
    state = cache.get(MailedCode.place_of(user))
    process = MailedCode(state, user).abort_if_invalid() if state else None
    return process is not None and process.fits(code) and user is not None


def _by_provider(user: User, body: dict[str, Any]) -> bool:
    """Whether the provider proves an account that signs this user in; raises ApiError if it does not answer."""
    adapter = adapter_for(body["network"])
    try:
        posted = posted_credential(adapter, {name: body[name] for name in CREDENTIAL})
    except ValidationError as error:
        raise ValidationFailed(error.messages[0]) from None
    if not (posted.code or (adapter.takes_id_token and posted.id_token)):
        raise FreshProofRequired(STALE, field="network")
    try:
        if not adapter.configured:
            raise NotConnectable("no keys")
        with http.within(SECONDS):
            proof = prove_person(adapter, posted, user)
    except Outcome as outcome:
        raise outcome.as_api_error(posted.credential) from None
    if not posted.code and time.time() - issued_at(posted.id_token) > app_settings.REAUTHENTICATION_TIMEOUT:
        raise FreshProofRequired(STALE, field="network")
    sign_in = sign_in_of(adapter.provider_id, proof.account_uid)
    if sign_in is None or sign_in.user_id != user.pk:
        return False
    if not proves_its_person(sign_in):
        raise FreshProofRequired(TOO_NEW, field="network")
    return True


class MailedCode(AbstractCodeVerificationProcess):
    """allauth's mailed codes, stored in the cache, as a caller with a bearer token has no session to store them in."""

    def __init__(self, state: dict[str, Any], user: User | None, address: str = "") -> None:
        super().__init__(
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=CODE_SECONDS,
            state=state,
            user=user,
        )
        self.place = self.place_of(user)
        self.address = address
        """Where the code is mailed to. Not in the state, as expired states may stay in the cache's table for long."""

    @staticmethod
    def place_of(user: User | None) -> str:
        return f"erasure-code:{user.pk if user else 'nobody'}"

    def send(self) -> None:
        self.state["code"] = get_adapter().generate_login_code()
        get_adapter().send_mail("account/email/erasure_code", self.address, {"code": self.code})

    def fits(self, code: str) -> bool:
        """Whether it is the code, which is then used up; a wrong one counts as a failed attempt."""
        fits = constant_time_compare(_plain(code), _plain(self.code))
        if fits:
            self.abort()
        else:
            self.record_invalid_attempt()
        return fits

    def persist(self) -> None:
        cache.set(self.place, self.state, self.timeout)

    def abort(self) -> None:
        cache.delete(self.place)


def _plain(code: str) -> str:
    """The code without spaces and hyphens, in capitals, as people type it in many ways."""
    return code.strip().replace("-", "").upper()
