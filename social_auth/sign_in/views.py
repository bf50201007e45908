"""allauth's calls where ours do otherwise: what opens an account, or a way in less, takes what proves more."""

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
from social_auth.sign_in.removal import RemovalInput, say_farewell


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
        """Let one after the other sign up by the same account: the provider was asked before, and is not waited for."""
        account = self.input.cleaned_data["sociallogin"].account
        with transaction.atomic():
            lock_sign_in(account.provider, account.uid)
            return super().post(request, *args, **kwargs)


class PasswordChange(ChangePasswordView):
    """allauth asks for the password that is changed; who has none yet proves by a fresh sign-in that it is them."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_usable_password():
            require_fresh_session(request)
        return super().post(request, *args, **kwargs)


class SignIns(ManageProvidersView):
    """The accounts that sign the caller in: listed, and taken away, for which allauth asks too little."""

    input_class = {"DELETE": RemovalInput}

    def handle(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "DELETE":
            return super().handle(request, *args, **kwargs)
        require_fresh_session(request)
        with transaction.atomic():
            return super().handle(request, *args, **kwargs)

    def delete(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        say_farewell(self.input.cleaned_data["account"], request.session.session_key)
        return super().delete(request, *args, **kwargs)
