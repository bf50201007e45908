"""allauth's adapters: sign-in by a provider's credential that is proven to be for our app, and mails by our outbox."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider, ProviderAccount
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.utils import timezone

from connect import branding
from connect.api.answers import as_response
from connect.api.throttling import plain_address
from connect.errors import ValidationFailed
from social_auth.connections.credential_input import CredentialInput
from social_auth.connections.sign_ins import is_only_way_in
from social_auth.notices import mail
from social_auth.notices.letters import letter_in_text_and_html
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter
from social_auth.providers.records import Posted, Proof
from social_auth.sign_in.fresh_sign_in import require_fresh_session
from social_auth.sign_in.identification import prove_person
from social_auth.wire import http
from social_auth.wire.outcomes import Outcome, Unavailable

MAX_EMAIL = 254
LONGEST_CODE = 15 * 60
"""Seconds for which a mailed code is valid: for an address, a password, an erasure."""
SECONDS = 12.0
ONLY_WAY_IN = (
    "This account is your only way in. Set a password, with a verified address, or connect another account: it counts "
    "from its eighth day on."
)
NOT_PROVABLE = "token_authentication_not_supported"
"""allauth's error code."""


def refuse_connecting(process: Any) -> None:
    """Refuse allauth's own way of connecting an account, before a code or token is used up."""
    if process == "connect":
        refusal = ValidationFailed("Connect through /api/auth/<network>/", field="process")
        raise ImmediateHttpResponse(as_response(refusal))


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put allauth's mail into our outbox: sent at once, a mail server that is down would make a sign-up a 500."""
        request = allauth_context.request
        site = get_current_site(request)
        message = self.render_mail(
            template_prefix, email, {"request": request, "email": email, "current_site": site} | context
        )
        letter = letter_in_text_and_html(email, str(message.subject), str(message.body))
        name = template_prefix.rpartition("/")[2]
        mail.post(letter, about=name, user=_person_at(email), expires_at=_end_of_code(name, context))

    def format_email_subject(self, subject: str) -> str:
        return f"[{branding.name()}] {subject}"

    def clean_email(self, email: str) -> str:
        """Refuse an address that is too long: allauth's own form accepts longer ones than its table."""
        if len(email) > MAX_EMAIL:
            raise ValidationError(f"At most {MAX_EMAIL} characters", code="invalid")
        return super().clean_email(email)

    def get_client_ip(self, request: Any) -> str:
        """Unmap IPv4 that is written as IPv6: allauth counts IPv6 by /64, and would count all IPv4 as one address."""
        return plain_address(super().get_client_ip(request))

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Answer 403 fresh_sign_in_required if the session is not fresh, by our rules and not by allauth's.

        allauth takes every session of a user without password and second factor as fresh, and a sign-in by password
        of a moment ago as stale.
        """
        if super().is_reauthentication_required(app=app, **more):
            require_fresh_session(self.request)
        return False


def _person_at(email: str) -> Any:
    """The user with that address, so that an erasure also deletes the mail; None if there is none."""
    address = (
        EmailAddress.objects.filter(email__iexact=email).order_by("-verified", "pk").select_related("user").first()
    )
    return address.user if address else None


def _end_of_code(name: str, context: dict[str, Any]) -> datetime | None:
    """When the code in the mail expires; None for a mail without a code."""
    lives = {"login_code": app_settings.LOGIN_BY_CODE_TIMEOUT}
    life = timedelta(seconds=lives.get(name, LONGEST_CODE))
    return timezone.now() + life if context.get("code") else None


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: Any, sociallogin: Any) -> None:
        """Refuse to connect an account here: only our own calls create a record."""
        refuse_connecting(sociallogin.state.get("process"))

    def validate_disconnect(self, account: Any, accounts: Any) -> None:
        """Refuse to remove the only way in. allauth's own check counts an account of yesterday as another way in."""
        if is_only_way_in(account):
            raise ValidationError(ONLY_WAY_IN, code="only_way_in")

    def get_app(self, request: Any, provider: str, client_id: str | None = None) -> SocialApp:
        """Without a client id, return a nameless app: a provider may have several apps, and allauth would raise."""
        return SocialApp(provider=provider) if client_id is None else super().get_app(request, provider, client_id)


def posted_credential(adapter: Adapter, token: dict[str, Any]) -> Posted:
    """Validate the posted token object; raises Django's ValidationError, with allauth's codes where it has some."""
    serializer = CredentialInput(data=token, context={"adapter": adapter})
    if not serializer.is_valid():
        field, (message, *_) = next(iter(serializer.errors.items()))
        raise ValidationError(f"{field}: {message}", code="token_required" if message.code == "required" else "invalid")
    posted = Posted(**serializer.validated_data)
    if not (adapter.proves_app or posted.code or posted.refresh_token):
        raise ValidationError("Sign in with a code: a bare token proves no app", code=NOT_PROVABLE)
    return posted


class SignInProvider(Provider):
    """An allauth provider over one of our adapters."""

    adapter: Adapter
    account_class = ProviderAccount
    package = "social_auth.sign_in"

    def verify_token(self, request: Any, token: dict[str, Any]) -> Any:
        """Return the login that the token proves. If the provider is down the answer is 503, not "invalid token"."""
        try:
            with http.within(SECONDS):
                proof = prove_person(self.adapter, posted_credential(self.adapter, token))
        except Unavailable as outcome:
            raise ImmediateHttpResponse(as_response(outcome.as_api_error())) from None
        except Outcome as outcome:
            error = outcome.as_api_error()
            raise ValidationError(error.message, code=outcome.reason or error.code) from None
        return self.sociallogin_from_response(request, proof)

    def extract_uid(self, data: Proof) -> str:
        return data.account_uid

    def extract_extra_data(self, data: Proof) -> dict[str, Any]:
        return {"name": data.profile.name}

    def extract_common_fields(self, data: Proof) -> dict[str, Any]:
        first, _, last = data.profile.name.partition(" ")
        fields = {"first_name": first[:150], "last_name": last[:150]}
        return fields | {"email": data.email, "email_verified": data.email_verified} if data.email else fields


def provider_class(adapter: Adapter) -> type[SignInProvider]:
    traits = {
        "id": adapter.provider_id,
        "name": adapter.label,
        "adapter": adapter,
        "supports_token_authentication": True,
    }
    return type(f"{adapter.label}Provider", (SignInProvider,), traits)


provider_classes = [provider_class(adapter) for adapter in ADAPTERS.values()]
