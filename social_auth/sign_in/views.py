"""allauth's calls that we override: signing in, a new password and removing a sign-in need a stronger proof here."""

from typing import Any

from allauth.core import context
from allauth.headless.account.views import ChangePasswordView
from allauth.headless.adapter import get_adapter
from allauth.headless.internal.restkit import inputs
from allauth.headless.socialaccount.views import ManageProvidersView, ProviderTokenView
from allauth.socialaccount.adapter import get_adapter as get_socialaccount_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.core.exceptions import ValidationError
from django.db import transaction

from social_auth.connections.sign_ins import lock_sign_in
from social_auth.sign_in.adapters import refuse_connecting
from social_auth.sign_in.fresh_sign_in import require_fresh_session
from social_auth.sign_in.removal import RemovalInput, end_sessions_begun_by


class TokenInput(inputs.Input):
    provider = inputs.CharField()
    process = inputs.ChoiceField(
        choices=[(process, process) for process in (AuthProcess.LOGIN, AuthProcess.CONNECT)],
        error_messages={"invalid_choice": "Must be login; accounts are connected through /api/auth/<network>/"},
    )
    token = inputs.Field()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.errors:
            return cleaned
        refuse_connecting(cleaned["process"])
        token = self.data.get("token")
        try:
            if not isinstance(token, dict):
                raise get_adapter().validation_error("invalid_token")
            login = self.provider_of(cleaned["provider"], token).verify_token(context.request, token)
        except ValidationError as error:
            self.add_error("token", error)
        else:
            login.state["process"] = cleaned["process"]
            cleaned["sociallogin"] = login
        return cleaned

    def provider_of(self, provider_id: str, token: dict[str, Any]) -> Any:
        """Return the provider for the app's `client_id` in the token; raises ValidationError for one not ours."""
        client_id = token.get("client_id")
        if not isinstance(client_id, str):
            raise get_adapter().validation_error("client_id_required")
        try:
            return get_socialaccount_adapter().get_provider(context.request, provider_id, client_id=client_id)
        except SocialApp.DoesNotExist:
            raise get_adapter().validation_error("invalid_token") from None


class TokenSignIn(ProviderTokenView):
    input_class = TokenInput

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Let sign-ups by the same account happen one after the other; the provider has been called before the lock."""
        account = self.input.cleaned_data["sociallogin"].account
        with transaction.atomic():
            lock_sign_in(account.provider, account.uid)
            return super().post(request, *args, **kwargs)


class PasswordChange(ChangePasswordView):
    """allauth asks for the old password; a user without one needs a fresh sign-in."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_usable_password():
            require_fresh_session(request)
        return super().post(request, *args, **kwargs)


class SignIns(ManageProvidersView):
    """Lists and removes the accounts that sign the caller in; allauth's own removal needs no fresh sign-in."""

    input_class = {"DELETE": RemovalInput}

    def handle(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "DELETE":
            return super().handle(request, *args, **kwargs)
        require_fresh_session(request)
        with transaction.atomic():
            return super().handle(request, *args, **kwargs)

    def delete(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        end_sessions_begun_by(self.input.cleaned_data["account"], request.session.session_key)
        return super().delete(request, *args, **kwargs)
