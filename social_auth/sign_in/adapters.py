"""Signing in by a provider's token, through allauth: only where it is proven to be minted for our app."""

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
from social_auth.notices.letters import in_both_forms
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter
from social_auth.providers.records import Posted, Proof
from social_auth.sign_in.fresh_sign_in import require_fresh_session
from social_auth.sign_in.identification import prove_person
from social_auth.wire import http
from social_auth.wire.outcomes import Outcome, Unavailable

MAX_EMAIL = 254
LONGEST_CODE = 15 * 60
"""Seconds that a mailed code is good for: of an address, a password, an erasure."""
SECONDS = 12.0
ONLY_WAY_IN = (
    "This account is your only way in. Set a password, with a verified address, or connect another account: it counts "
    "from its eighth day on."
)
NOT_PROVABLE = "token_authentication_not_supported"
"""allauth's word."""


def refuse_connecting(process: Any) -> None:
    """Answer that there is another call for that, before a code or token is spent on it."""
    if process == "connect":
        refusal = ValidationFailed("Connect through /api/auth/<network>/", field="process")
        raise ImmediateHttpResponse(as_response(refusal))


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leave allauth's mail in the outbox: with a mail server that is down a sign-up was a 500."""
        request = allauth_context.request
        site = get_current_site(request)
        message = self.render_mail(
            template_prefix, email, {"request": request, "email": email, "current_site": site} | context
        )
        letter = in_both_forms(email, str(message.subject), str(message.body))
        name = template_prefix.rpartition("/")[2]
        mail.post(letter, about=name, user=_person_at(email), expires_at=_end_of_code(name, context))

    def format_email_subject(self, subject: str) -> str:
        return f"[{branding.name()}] {subject}"

    def clean_email(self, email: str) -> str:
        """Refuse what would not fit: allauth's own form takes longer addresses than its table."""
        if len(email) > MAX_EMAIL:
            raise ValidationError(f"At most {MAX_EMAIL} characters", code="invalid")
        return super().clean_email(email)

    def get_client_ip(self, request: Any) -> str:
        """allauth counts IPv6 by /64, in which all IPv4 addresses would be one that are written as IPv6."""
        return plain_address(super().get_client_ip(request))

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Answer 403 fresh_sign_in_required if the session is not fresh; what allauth would ask after that is left out.

        It takes whoever has neither password nor second factor for fresh at any time, and whoever has signed in a
        moment ago by a password for stale.
        """
        if super().is_reauthentication_required(app=app, **more):
            require_fresh_session(self.request)
        return False


def _person_at(email: str) -> Any:
    """Whose address it is, so that an erasure takes the mail along; None if it is nobody's."""
    known = EmailAddress.objects.filter(email__iexact=email).order_by("-verified", "pk").select_related("user").first()
    return known.user if known else None


def _end_of_code(name: str, context: dict[str, Any]) -> datetime | None:
    """When the code in a mail is of no use any more; None if there is none."""
    lives = {"login_code": app_settings.LOGIN_BY_CODE_TIMEOUT}
    life = timedelta(seconds=lives.get(name, LONGEST_CODE))
    return timezone.now() + life if context.get("code") else None


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: Any, sociallogin: Any) -> None:
        """Connecting has calls of its own, which keep a record; allauth's would not."""
        refuse_connecting(sociallogin.state.get("process"))

    def validate_disconnect(self, account: Any, accounts: Any) -> None:
        """Refuse to take the only way in away. To allauth, which has asked before, one of yesterday's is another."""
        if is_only_way_in(account):
            raise ValidationError(ONLY_WAY_IN, code="only_way_in")

    def get_app(self, request: Any, provider: str, client_id: str | None = None) -> SocialApp:
        """To name an account's provider takes none: it may have several, of which allauth takes none, or no more."""
        return SocialApp(provider=provider) if client_id is None else super().get_app(request, provider, client_id)


def posted_credential(adapter: Adapter, token: dict[str, Any]) -> Posted:
    """Check the token object that was posted; raises Django's ValidationError, in allauth's words where it has some."""
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
        """Return the login that the token proves. A provider that is down is a 503, not an invalid token."""
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
